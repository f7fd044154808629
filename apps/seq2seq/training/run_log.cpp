#include "apps/seq2seq/training/run_log.h"

#include <chrono>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace favras::seq2seq {
std::string format_header(const TrainOptions& o) {
  return fmt::format(
      "Batch size: {}\nRNN size  : {}\nNum layers: {}\nEnc. size : {}\nDec. size : {}\nKeep prob.: {}\n"
      "Learn rate: {}\n",
      o.batch_size, o.rnn_size, o.num_layers, o.encoding_embedding_size, o.decoding_embedding_size,
      o.keep_probability, o.learning_rate);
}

std::string format_progress(std::int64_t epoch, std::int64_t epochs, std::int64_t batch, std::int64_t batches,
                            std::int64_t lines_seen, double loss, double validation_loss) {
  return fmt::format(
      "Epoch {:>3}/{} Batch {:>6}/{} Inputs (000) {:>7} - Loss: {:>6.3f} - Validation loss: {:>6.3f}", epoch,
      epochs, batch, batches, lines_seen / 1000, loss, validation_loss);
}

std::string format_saved(double seconds_trained) {
  const auto seconds = static_cast<std::int64_t>(seconds_trained);
  return fmt::format("\nModel training for {}h:{}m:{}s and saved.", seconds / 3600, seconds / 60 % 60,
                     seconds % 60);
}

std::string format_accuracy(double accuracy) {
  return fmt::format("Current accuracy = {:.1f}%\n", 100.0 * accuracy);
}

std::string format_batches(const Cells& cells, double waiting_share) {
  return fmt::format(
      "Padding was {:.1f}% of the last epoch's cells{}; {:.1f}% of its time went into waiting for batches.",
      100.0 * cells.padding_share(),
      cells.laid_out == cells.needed ? ""
                                     : fmt::format(" ({:.1f}% with what lengths are rounded up by)",
                                                   100.0 * cells.laid_out_padding_share()),
      100.0 * waiting_share);
}

RunLog::RunLog(const RunDirectory& run, std::uint64_t log_bytes, std::uint64_t events_bytes,
               const RunWatchers* watchers)
    : log_(run.log(), log_bytes), events_(run.events(), events_bytes), watchers_(watchers) {}

void RunLog::line(const std::string& text) {
  log_.append(text + '\n');
  if (!watchers_) return;
  for (const auto& watcher : *watchers_) watcher->line(text);
}

void RunLog::event(boost::json::object event) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  event["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  events_.append(boost::json::serialize(event) + '\n');
  if (!watchers_) return;
  for (const auto& watcher : *watchers_) watcher->event(event);
}

void RunLog::sync() {
  log_.sync();
  events_.sync();
}

}  // namespace favras::seq2seq
