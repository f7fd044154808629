// Who hears of a training what its logs say, as it is written: mail, a dashboard, a command.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace favras::seq2seq {

// Called on the training's thread, which must not be kept waiting. Nothing may be thrown.
class RunWatcher {
 public:
  virtual ~RunWatcher() = default;
  virtual void line(const std::string& /*text*/) {}            // of log.txt, without its end
  virtual void event(const boost::json::object& /*event*/) {}  // of events.jsonl, with its "time"
  virtual void failed(const std::string& /*reason*/) {}        // the training ends without logging it
};

using RunWatchers = std::vector<std::unique_ptr<RunWatcher>>;

}  // namespace favras::seq2seq
