#include "apps/seq2seq/training/trainer.h"

#include <cmath>
#include <limits>
#include <sys/resource.h>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/data/json_text.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/training/epoch_order.h"
#include "apps/seq2seq/training/interruption.h"
#include "apps/seq2seq/training/learning_rate.h"
#include "apps/seq2seq/training/training_batches.h"

namespace favras::seq2seq {
namespace {

constexpr std::size_t kPrefetchedBatches = 4;
constexpr double kSecondsToRetry = 60.0;  // after a save that failed
// Of all parts of a batch: what its mean loss is taken over.
std::int64_t target_characters(const std::vector<HostBatch>& batch) {
  std::int64_t count = 0;
  for (const HostBatch& part : batch) count += part.target_characters;
  return count;
}

constexpr double kNever = std::numeric_limits<double>::infinity();

// A loss from which no training comes back: ten times that of taking all characters for equally likely. Large
// networks may go to two or three times that of guessing in their first batches, and recover.
double hopeless_loss(std::int64_t vocabulary) { return 10.0 * std::log(static_cast<double>(vocabulary)); }

double cpu_seconds_of_process() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

boost::json::array examples_json(const std::vector<Validation::Example>& examples) {
  boost::json::array array;
  for (const Validation::Example& example : examples)
    array.push_back({{"noisy", example.noisy}, {"output", example.output}, {"clean", example.clean}});
  return array;
}

}  // namespace

bool is_finished(const TrainingState& state, const TrainOptions& options) {
  return state.epoch > options.epochs ||
         (options.patience > 0 && state.epochs_since_best >= options.patience);
}

Trainer::Trainer(const TrainOptions& options, const Dataset& dataset, const RunLock& lock,
                 TrainingState state, const std::filesystem::path& checkpoint, const RunWatchers* watchers)
    : options_(options),
      dataset_(dataset),
      lock_(lock),
      device_(parse_device(options.device)),
      precision_(offered(device_, parse_precision(options.precision))),
      lines_(dataset, noise_mix(options)),
      model_(model_configuration(options, dataset.vocabulary.size()), options.seed, storage_dtype(precision_),
             device_, options.lstm == "cudnn" ? LstmBackend::kCudnn : LstmBackend::kFavras),
      adam_(model_.parameters(), adam_options(options)),
      average_(model_.parameters(), options.average_weights),
      step_state_(device_),
      // cuDNN reads lengths on the host, which no graph can.
      replay_(device_, options.lstm == "cudnn" ? Replay::kNever : Replay::kOnCuda),
      schedule_(schedule_of(options, batches(), state)),
      validation_(dataset, lines_, options.batch_size, device_),
      state_(std::move(state)),
      log_({lock.directory()}, state_.log_bytes, state_.events_bytes, watchers),
      progress_(!options.quiet),
      seconds_before_(state_.seconds_trained),
      cpu_seconds_before_(state_.cpu_seconds),
      started_(std::chrono::steady_clock::now()),
      cpu_seconds_at_start_(cpu_seconds_of_process()),
      epoch_started_(seconds_before_),
      last_log_seconds_(seconds_before_),
      last_log_lines_(state_.lines_seen),
      last_save_seconds_(seconds_before_),
      retry_seconds_(kNever),
      saver_([this](const Snapshot& snapshot) {
        log_.sync();  // the checkpoint counts on its lines
        const RunDirectory run{lock_.directory()};
        write_snapshot(run, snapshot, model_.parameters(), retention(options_));
        if (!config_is_written_) write_config(run.config(), options_);
        config_is_written_ = true;
      }) {
  allow_tf32(device_, precision_ == Precision::kTf32);
  const bool resumed = !checkpoint.empty();
  if (resumed) {
    saved_step_ = state_.step;
    load_weights(checkpoint / "model.safetensors", model_);
    average_.restart();
    load_optimizer(checkpoint / "optimizer.safetensors", model_, adam_);
  }
  if (log_.log_bytes() == 0) say(format_header(options_));
  log_.event({{"event", resumed ? "resumed" : "started"},
              {"step", state_.step},
              {"epochs", options_.epochs},
              {"batches", batches()},
              {"threads", cpu_context().threads},
              {"device", to_string(device_)},
              {"precision", to_string(precision_)},
              {"parameters", model_.parameter_count()},
              {"training_lines", dataset.train.size()},
              {"validation_lines", dataset.validation.size()}});
}

std::int64_t Trainer::batches() const { return batches_in_epoch(dataset_.train.size(), options_.batch_size); }

double Trainer::elapsed() const {
  return seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

double Trainer::cpu_seconds() const {
  return cpu_seconds_before_ + cpu_seconds_of_process() - cpu_seconds_at_start_;
}

double Trainer::learning_rate(std::uint64_t step) const {
  return std::ldexp(schedule_(step), -static_cast<int>(state_.rollbacks));
}

double Trainer::waiting_share() const { return epoch_waited_ / (elapsed() - epoch_started_); }

void Trainer::say(const std::string& text) {
  log_.line(text);
  progress_.clear();
  if (!options_.quiet) tell(stdout, text + '\n');
}

Outcome Trainer::run() {
  // Every shape is recorded as a graph of its own: fewer shapes, fewer graphs.
  const std::int64_t time_step = device_.kind == DeviceKind::kCuda ? 4 : 1;
  const bool epoch_is_read = state_.batch == batches();
  TrainingBatches source(dataset_, lines_, options_, time_step, state_.epoch + epoch_is_read,
                         epoch_is_read ? 0 : state_.batch);
  Prefetch<HostBatches> prefetch([&] { return source.next(); }, kPrefetchedBatches);
  for (;;) {
    if (state_.batch < batches() && !train_batch(prefetch)) return diverged();
    const bool epoch_ended = state_.batch == batches() && finish_epoch();
    report_saves();
    service_.alive();
    if (is_finished(state_, options_)) break;
    if (const auto reason = interruption_reason()) {
      if (!save()) return diverged();
      wait_for_save();
      log_.event(
          {{"event", "interrupted"}, {"step", state_.step}, {"reason", *reason}, {"seconds", elapsed()}});
      progress_.clear();
      return Outcome::kInterrupted;
    }
    if ((epoch_ended || save_is_due()) && !save()) return diverged();
  }
  if (!save()) return diverged();
  wait_for_save();
  log_.event({{"event", "finished"},
              {"step", state_.step},
              {"early", state_.epoch <= options_.epochs},
              {"seconds", elapsed()}});
  if (!options_.quiet) tell(stdout, epoch_summary_);
  return Outcome::kFinished;
}

bool Trainer::train_batch(Prefetch<HostBatches>& prefetch) {
  const double waited = prefetch.seconds_waited();
  const HostBatches batch = prefetch.next().value();
  epoch_waited_ += prefetch.seconds_waited() - waited;
  if (!finish_step(take_step(batch), batch)) return false;
  const bool is_logged = state_.batch == batches() || state_.batch % options_.log_every == 0;
  return !is_logged || log_progress();
}

double Trainer::take_step(const HostBatches& batch) {
  double sum = 0.0;
  if (replay_.graphs() == 0) inputs_.clear();  // no graph reads them
  for (std::size_t part = 0; part < batch.size(); ++part) sum += run_part(batch, part).to_host<float>()[0];
  return sum;
}

Tensor Trainer::run_part(const HostBatches& batch, std::size_t part) {
  const std::uint64_t step = state_.step + 1;
  // The seed is dropout's, whose masks differ between parts.
  step_state_.set(
      {.seed = options_.seed + part, .step = step, .learning_rate = static_cast<float>(learning_rate(step))});
  const bool is_first = part == 0, is_last = part + 1 == batch.size(), is_whole = is_first && is_last;
  Shape key = batch[part].shape();
  key.insert(key.end(), {is_first, is_last});
  const auto [found, is_new] = inputs_.try_emplace(key);
  Input& input = found->second;
  if (is_new) {
    input.batch = upload(batch[part], device_);
    if (!is_whole) input.weight = Tensor({1}, DType::kFloat32, device_);
  } else {
    upload(batch[part], input.batch);
  }
  if (!is_whole) {
    const auto of_batch = static_cast<float>(target_characters(batch));
    const float weight = static_cast<float>(batch[part].target_characters) / of_batch;
    input.weight.copy_from_host(&weight, sizeof weight);
  }
  return replay_.run(key, [&]() -> std::vector<Tensor> {
    if (is_first) model_.parameters().zero_gradients();
    const Loss loss = model_.loss(input.batch, static_cast<float>(options_.keep_probability), step_state_,
                                  static_cast<float>(options_.label_smoothing));
    backward(loss.mean, input.weight);
    if (is_last) {
      adam_.step(step_state_);
      average_.update(step_state_);
    }
    return {loss.sum};
  })[0];
}

bool Trainer::finish_step(double sum, const HostBatches& batch) {
  state_.step += 1;
  state_.batch += 1;
  if (!std::isfinite(sum)) return false;
  state_.loss_sum += sum;
  state_.loss_count += static_cast<double>(target_characters(batch));
  for (const HostBatch& part : batch) {
    state_.lines_seen += part.lines;
    state_.cells += part.cells;
  }
  const double seconds = elapsed() - seconds_before_, done = static_cast<double>(state_.step);
  const auto left = static_cast<double>((options_.epochs - state_.epoch + 1) * batches() - state_.batch);
  progress_.show(state_.epoch, options_.epochs, state_.batch, batches(),
                 static_cast<double>(state_.lines_seen - last_log_lines_) / (elapsed() - last_log_seconds_),
                 state_.loss_sum / state_.loss_count, seconds > 1.0 ? elapsed() / done * left : -1.0);
  return true;
}

void Trainer::measure_loss() {
  average_.use([&] { state_.validation_loss = validation_.loss(model_, [&] { service_.alive(); }); });
  state_.validation_step = state_.step;
}

bool Trainer::log_progress() {
  const double loss = state_.loss_sum / state_.loss_count;
  if (loss > hopeless_loss(model_.configuration().vocabulary)) return false;
  measure_loss();
  say(format_progress(state_.epoch, options_.epochs, state_.batch, batches(), state_.lines_seen, loss,
                      state_.validation_loss));
  service_.status(fmt::format("epoch {}/{}, batch {}/{}, loss {:.3f}", state_.epoch, options_.epochs,
                              state_.batch, batches(), loss));
  const double now = elapsed();
  log_.event({{"event", "progress"},
              {"step", state_.step},
              {"epoch", state_.epoch},
              {"batch", state_.batch},
              {"lines_seen", state_.lines_seen},
              {"loss", loss},
              {"validation_loss", number_or_null(state_.validation_loss)},
              {"learning_rate", learning_rate(state_.step)},
              {"lines_per_second",
               static_cast<double>(state_.lines_seen - last_log_lines_) / (now - last_log_seconds_)},
              {"seconds", now},
              {"cpu_seconds", cpu_seconds()}});
  state_.loss_sum = state_.loss_count = 0.0;
  last_log_seconds_ = now;
  last_log_lines_ = state_.lines_seen;
  return true;
}

// Before best_* are brought up to date.
bool Trainer::is_best() const {
  const BestBy by = retention(options_).best_by;
  return badness(by, state_.validation_loss, state_.accuracy) <
         badness(by, state_.best_validation_loss, state_.best_accuracy);
}

bool Trainer::finish_epoch() {
  const double waiting = waiting_share();
  std::optional<Validation::Accuracy> accuracy;
  average_.use([&] {
    accuracy = validation_.accuracy(model_, [&] {
      service_.alive();
      return interruption_requested();
    });
  });
  if (!accuracy) return false;
  if (state_.validation_step != state_.step) measure_loss();  // that of before was of other validation lines
  const std::int64_t epoch = std::exchange(state_.epoch, state_.epoch + 1);
  const Cells cells = std::exchange(state_.cells, {});
  state_.batch = 0;
  if (!validation_.empty()) {
    state_.accuracy = accuracy->model;
    state_.accuracy_step = state_.step;
    ++state_.epochs_since_best;
  }
  best_is_new_ = !validation_.empty() && is_best();
  if (best_is_new_) {
    state_.best_validation_loss = state_.validation_loss;
    state_.best_accuracy = state_.accuracy;
    state_.best_step = state_.step;
    state_.epochs_since_best = 0;
  }
  say(format_saved(elapsed()));
  say(format_accuracy(accuracy->model));
  log_.event({{"event", "epoch"},
              {"step", state_.step},
              {"epoch", epoch},
              {"lines_seen", state_.lines_seen},
              {"accuracy", number_or_null(accuracy->model)},
              {"do_nothing_accuracy", number_or_null(accuracy->do_nothing)},
              {"accuracy_lines", accuracy->lines},
              {"best", best_is_new_},
              {"examples", examples_json(accuracy->examples)},
              {"padding_share", cells.padding_share()},
              {"laid_out_padding_share", cells.laid_out_padding_share()},
              {"waiting_share", waiting},
              {"seconds", elapsed()},
              {"cpu_seconds", cpu_seconds()}});
  epoch_summary_ = format_batches(cells, waiting) + '\n';
  epoch_started_ = elapsed();
  epoch_waited_ = 0.0;
  return true;
}

Outcome Trainer::diverged() {
  log_.event(
      {{"event", "diverged"}, {"step", state_.step}, {"epoch", state_.epoch}, {"batch", state_.batch}});
  progress_.clear();
  return Outcome::kDiverged;
}

bool Trainer::save_is_due() const {
  const Period& every = options_.checkpoint_every;
  if (every.batches > 0 && state_.batch % every.batches == 0) return true;
  if (saver_.busy()) return false;
  if (elapsed() >= retry_seconds_) return true;
  return every.seconds > 0 && elapsed() - last_save_seconds_ >= static_cast<double>(every.seconds);
}

bool Trainer::save() {
  const double started = elapsed();
  state_.seconds_trained = started;
  state_.cpu_seconds = cpu_seconds();
  state_.log_bytes = log_.log_bytes();
  state_.events_bytes = log_.events_bytes();
  state_.finished = is_finished(state_, options_);
  const ModelDescription description{
      model_.configuration(),  dataset_.task,
      dataset_.maximum_length, state_.step,
      dataset_.vocabulary,     options_.unknown_share > 0.0 && !dataset_.has_pairs()};
  std::optional<Snapshot> snapshot =
      take_snapshot(state_, description, model_, adam_, average_, best_is_new_);
  if (!snapshot) return false;
  best_is_new_ = false;
  retry_seconds_ = kNever;
  last_save_seconds_ = started;
  snapshot->stall_seconds = elapsed() - started;
  saver_.submit(std::move(*snapshot));
  return true;
}

void Trainer::wait_for_save() {
  service_.stopping();
  saver_.wait();
  report_saves();
  if (save_problem_.empty()) return;
  throw std::runtime_error(
      fmt::format("step {} could not be saved: {}. {}: mend this and start the same command again",
                  state_.step, save_problem_,
                  saved_step_ > 0 ? fmt::format("The checkpoint of step {} stands", saved_step_)
                                  : "There is no checkpoint yet"));
}

void Trainer::report_saves() {
  for (const CheckpointSaver::Result& result : saver_.take_results()) {
    save_problem_ = result.problem;
    if (result.problem.empty()) {
      saved_step_ = result.step;
      log_.event({{"event", "saved"},
                  {"step", result.step},
                  {"bytes", result.bytes},
                  {"stall_seconds", result.stall_seconds},
                  {"save_seconds", result.save_seconds}});
      continue;
    }
    log_.event({{"event", "save_failed"}, {"step", result.step}, {"reason", result.problem}});
    progress_.clear();
    tell(stderr, fmt::format("The checkpoint of step {} could not be saved: {}. Training goes on, and saving "
                             "is tried again.\n",
                             result.step, result.problem));
    retry_seconds_ = elapsed() + kSecondsToRetry;
  }
}

}  // namespace favras::seq2seq
