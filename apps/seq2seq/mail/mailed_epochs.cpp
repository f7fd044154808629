#include "apps/seq2seq/mail/mailed_epochs.h"

#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "engine/storage/durable.h"

namespace favras::seq2seq {

MailedEpochs::MailedEpochs(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream stream(file_);
  if (std::int64_t epoch = 0; stream >> epoch) left_behind_ = epoch;
}

void MailedEpochs::note(std::int64_t epoch) const {
  durable_write(file_, [&](File& file) { file.write(std::to_string(epoch) + '\n'); });
}

void MailedEpochs::forget() const noexcept {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace favras::seq2seq
