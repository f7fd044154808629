// Which epochs' mails are safe: the number of the last one that is in the spool, in a file that is there for
// as long as a training goes on. Whoever goes on after a kill sends those that are missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace favras::seq2seq {

class MailedEpochs {
 public:
  explicit MailedEpochs(std::filesystem::path file);

  // What a training that did not come to its end has left; nothing if the last one did.
  std::optional<std::int64_t> left_behind() const { return left_behind_; }

  void note(std::int64_t epoch) const;  // throws std::system_error
  void forget() const noexcept;         // at the end: everything is in the spool

 private:
  std::filesystem::path file_;
  std::optional<std::int64_t> left_behind_;
};

}  // namespace favras::seq2seq
