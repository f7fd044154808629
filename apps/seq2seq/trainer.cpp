#include "apps/seq2seq/trainer.h"

#include <cmath>
#include <limits>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/interruption.h"
#include "apps/seq2seq/training_batches.h"
#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {
namespace {

constexpr std::size_t kCheckpointsKept = 2, kPrefetchedBatches = 4;

LearningRateSchedule schedule_of(const TrainOptions& o, std::int64_t batches) {
  const auto steps = static_cast<std::uint64_t>(o.epochs * batches);
  return with_warmup(
      static_cast<std::uint64_t>(o.warmup_steps),
      o.schedule == "cosine" ? cosine_decay(o.learning_rate, 0.0, steps) : constant_rate(o.learning_rate));
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, const Dataset& dataset, RunDirectory run, TrainingState state,
                 const std::filesystem::path& checkpoint)
    : options_(options),
      dataset_(dataset),
      run_(std::move(run)),
      device_(parse_device(options.device)),
      precision_(offered(device_, parse_precision(options.precision))),
      lines_(dataset, noise_mix(options)),
      model_(model_configuration(options, dataset.vocabulary.size()), options.seed, storage_dtype(precision_),
             device_, options.lstm == "cudnn" ? LstmBackend::kCudnn : LstmBackend::kFavras),
      adam_(model_.parameters(), adam_options(options)),
      step_state_(device_),
      // cuDNN reads lengths on the host, which no graph can.
      replay_(device_, options.lstm == "cudnn" ? Replay::kNever : Replay::kOnCuda),
      learning_rate_(schedule_of(options, batches())),
      validation_(dataset, lines_, options.batch_size, device_),
      state_(std::move(state)),
      log_(run_, state_.log_bytes, state_.events_bytes),
      seconds_before_(state_.seconds_trained),
      started_(std::chrono::steady_clock::now()) {
  allow_tf32(device_, precision_ == Precision::kTf32);
  const bool resumed = !checkpoint.empty();
  if (resumed) {
    load_weights(checkpoint / "model.safetensors", model_);
    load_optimizer(checkpoint / "optimizer.safetensors", model_, adam_);
  } else {
    say(format_header(options_));
  }
  last_log_seconds_ = seconds_before_;
  last_log_lines_ = state_.lines_seen;
  log_.event({{"event", resumed ? "resumed" : "started"},
              {"step", state_.step},
              {"threads", cpu_context().threads},
              {"device", to_string(device_)},
              {"precision", to_string(precision_)},
              {"parameters", model_.parameters().size()},
              {"training_lines", dataset.train.size()},
              {"validation_lines", dataset.validation.size()}});
}

std::int64_t Trainer::batches() const {
  return (static_cast<std::int64_t>(dataset_.train.size()) + options_.batch_size - 1) / options_.batch_size;
}

double Trainer::elapsed() const {
  return seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Trainer::say(const std::string& text) {
  log_.line(text);
  progress_.clear();
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

Outcome Trainer::run() {
  // Every shape is recorded as a graph of its own: fewer shapes, fewer graphs.
  const std::int64_t time_step = device_.kind == DeviceKind::kCuda ? 4 : 1;
  TrainingBatches batches(dataset_, lines_, options_, time_step, state_.epoch, state_.batch);
  Prefetch<HostBatch> prefetch([&] { return batches.next(); }, kPrefetchedBatches);
  while (state_.epoch <= options_.epochs)
    if (const Outcome outcome = run_epoch(prefetch); outcome != Outcome::kFinished) {
      progress_.clear();
      return outcome;
    }
  log_.event({{"event", "finished"}, {"step", state_.step}, {"seconds", elapsed()}});
  return Outcome::kFinished;
}

Outcome Trainer::run_epoch(Prefetch<HostBatch>& prefetch) {
  const double started = elapsed(), waited = prefetch.seconds_waited();
  for (;;) {
    const HostBatch batch = prefetch.next().value();
    const Tensor loss_sum = start_step(batch);
    if (!finish_step(loss_sum, batch)) return Outcome::kDiverged;
    const bool last = state_.batch == batches();
    if (last || state_.batch % options_.log_every == 0) log_progress();
    if (last) break;
    if (interruption_requested()) {
      save_checkpoint();
      log_.event({{"event", "interrupted"}, {"step", state_.step}, {"seconds", elapsed()}});
      return Outcome::kInterrupted;
    }
    if (options_.checkpoint_every > 0 && state_.batch % options_.checkpoint_every == 0) save_checkpoint();
  }
  finish_epoch((prefetch.seconds_waited() - waited) / (elapsed() - started));
  return interruption_requested() && state_.epoch <= options_.epochs ? Outcome::kInterrupted
                                                                     : Outcome::kFinished;
}

Tensor Trainer::start_step(const HostBatch& host_batch) {
  const std::uint64_t step = state_.step + 1;
  step_state_.set(
      {.seed = options_.seed, .step = step, .learning_rate = static_cast<float>(learning_rate_(step))});
  if (replay_.graphs() == 0) inputs_.clear();  // no graph reads them
  const auto [input, is_new] = inputs_.try_emplace(host_batch.shape());
  Batch& batch = input->second;
  if (is_new)
    batch = upload(host_batch, device_);
  else
    upload(host_batch, batch);
  return replay_.run(host_batch.shape(), [&]() -> std::vector<Tensor> {
    model_.parameters().zero_gradients();
    const Loss loss = model_.loss(batch, static_cast<float>(options_.keep_probability), step_state_);
    backward(loss.mean);
    adam_.step(step_state_);
    return {loss.sum};
  })[0];
}

bool Trainer::finish_step(const Tensor& loss_sum, const HostBatch& batch) {
  const double sum = loss_sum.to_host<float>()[0];
  const std::uint64_t step = state_.step + 1;
  if (!std::isfinite(sum)) {
    log_.event({{"event", "diverged"}, {"step", step}, {"epoch", state_.epoch}, {"batch", state_.batch + 1}});
    return false;
  }
  state_.loss_sum += sum;
  state_.loss_count += static_cast<double>(batch.target_characters);
  state_.step = step;
  state_.batch += 1;
  state_.lines_seen += batch.lines;
  state_.cells += batch.cells;
  const double seconds = elapsed() - seconds_before_, done = static_cast<double>(state_.step);
  const double left = static_cast<double>(options_.epochs * batches()) - done;
  progress_.show(state_.epoch, options_.epochs, state_.batch, batches(),
                 static_cast<double>(state_.lines_seen - last_log_lines_) / (elapsed() - last_log_seconds_),
                 state_.loss_sum / state_.loss_count, seconds > 1.0 ? elapsed() / done * left : -1.0);
  return true;
}

void Trainer::log_progress() {
  const double loss = state_.loss_sum / state_.loss_count;
  validation_loss_ = validation_.loss(model_);
  say(format_progress(state_.epoch, options_.epochs, state_.batch, batches(), state_.lines_seen, loss,
                      validation_loss_));
  const double now = elapsed();
  log_.event({{"event", "progress"},
              {"step", state_.step},
              {"epoch", state_.epoch},
              {"batch", state_.batch},
              {"lines_seen", state_.lines_seen},
              {"loss", loss},
              {"validation_loss",
               std::isfinite(validation_loss_) ? boost::json::value(validation_loss_) : boost::json::value()},
              {"learning_rate", learning_rate_(state_.step)},
              {"lines_per_second",
               static_cast<double>(state_.lines_seen - last_log_lines_) / (now - last_log_seconds_)},
              {"seconds", now}});
  state_.loss_sum = state_.loss_count = 0.0;
  last_log_seconds_ = now;
  last_log_lines_ = state_.lines_seen;
}

void Trainer::finish_epoch(double waiting_share) {
  const Validation::Accuracy accuracy = validation_.accuracy(model_);
  const std::int64_t epoch = state_.epoch;
  const Cells cells = std::exchange(state_.cells, {});
  state_.epoch += 1;
  state_.batch = 0;
  const bool best = validation_loss_ < state_.best_validation_loss;
  if (best) {
    state_.best_validation_loss = validation_loss_;
    state_.best_step = state_.step;
  }
  say(format_saved(elapsed()));
  say(format_accuracy(accuracy.model));
  log_.event({{"event", "epoch"},
              {"step", state_.step},
              {"epoch", epoch},
              {"lines_seen", state_.lines_seen},
              {"accuracy", accuracy.model},
              {"do_nothing_accuracy", accuracy.do_nothing},
              {"accuracy_lines", accuracy.lines},
              {"best", best},
              {"padding_share", cells.padding_share()},
              {"laid_out_padding_share", cells.laid_out_padding_share()},
              {"waiting_share", waiting_share},
              {"seconds", elapsed()}});
  if (best)
    save_model(
        run_.best_model(), model_,
        {model_.configuration(), dataset_.task, dataset_.maximum_length, state_.step, dataset_.vocabulary});
  save_checkpoint();
  if (state_.epoch > options_.epochs) fmt::print("{}\n", format_batches(cells, waiting_share));
}

void Trainer::save_checkpoint() {
  state_.seconds_trained = elapsed();
  state_.log_bytes = log_.log_bytes();
  state_.events_bytes = log_.events_bytes();
  state_.finished = state_.epoch > options_.epochs;
  const ModelDescription description{model_.configuration(), dataset_.task, dataset_.maximum_length,
                                     state_.step, dataset_.vocabulary};
  CheckpointWriter writer(run_.checkpoints(), state_.step);
  save_model(writer.file("model.safetensors"), model_, description);
  save_optimizer(writer.file("optimizer.safetensors"), model_, adam_);
  write_state(writer.file("state.json"), state_);
  writer.commit();
  for (const std::string& problem : prune_checkpoints(run_.checkpoints(), kCheckpointsKept))
    fmt::print(stderr, "old checkpoints are kept: {}\n", problem);
  save_model(run_.newest_model(), model_, description);
}

}  // namespace favras::seq2seq
