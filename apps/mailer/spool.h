// A directory of messages that wait to be sent. A message is there once put() has returned, whatever happens
// to the process or the machine, until every recipient is settled.
//
// Any number of processes may put; whoever sends holds the SpoolLock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/mailer/descriptor.h"
#include "apps/mailer/spool_entry.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

struct SpoolLimits {  // for all files together, those in failed/ too
  std::size_t files = 1000;
  std::uint64_t bytes = 64 << 20;
};

struct SpoolFull : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Spool {
 public:
  // Makes the directory, for its owner alone, if it is missing. `report` hears of what gives way.
  explicit Spool(std::filesystem::path directory, Report report = {}, SpoolLimits limits = {});

  // The entry's name. For room, refused messages go, the oldest first, then digests. Throws SpoolFull when
  // that is not enough and std::system_error; then nothing is there.
  std::string put(const Letter& letter);
  std::string put(const Message& message, Urgency urgency) { return put(Letter(message, urgency)); }

  // The entries that are to be sent, the oldest first. Temporary files of dead processes are removed.
  std::vector<std::string> waiting();
  // Throws std::runtime_error.
  Letter load(const std::string& name) const;

  // Records what became of a recipient, before anything else is sent.
  void settle(const std::string& name, std::size_t recipient, Outcome outcome, const std::string& reply);
  void remove(const std::string& name);
  void set_aside(const std::string& name);  // to failed/
  // Puts what was set aside back, its refused recipients to be tried again; how many.
  std::size_t retry_failed();

  const std::filesystem::path& directory() const { return directory_; }

 private:
  struct File;
  std::vector<File> files() const;
  void make_room(std::uint64_t bytes);
  std::filesystem::path failed() const { return directory_ / "failed"; }

  std::filesystem::path directory_;
  Report report_;
  SpoolLimits limits_;
};

struct SpoolBusy : SessionError {
  using SessionError::SessionError;
};

// One sender at a time: held from construction to destruction, by the death of the process at the latest.
class SpoolLock {
 public:
  // Throws SpoolBusy if another process or object has it, another SessionError if it cannot be had at all.
  explicit SpoolLock(const Spool& spool);

 private:
  Descriptor file_;
};

}  // namespace favras::mailer
