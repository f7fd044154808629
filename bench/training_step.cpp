// Seconds of one whole training step (forward, backward, Adam) of the seq2seq model on random characters. The
// defaults are the reference workload: the original's model and batch, every line of full length.
// bench/peers/pytorch_training_step.py measures the same in PyTorch.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <vector>

#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/model.h"
#include "bench/release.h"
#include "engine/adam.h"
#include "engine/allocator.h"
#include "engine/precision.h"
#include "engine/replay.h"
#include "engine/thread_waiting.h"

using namespace favras;
using namespace favras::seq2seq;

namespace {

struct Workload {
  std::int64_t batch = 128, source = 60, target = 60, shortest = 0;  // characters; shortest 0: all full
  ModelConfiguration model{.vocabulary = 80};
  std::string device = "cpu", precision = "fp32", lstm = "favras";
  int threads = available_cpu_threads(), steps = 5, warmup = 2;
};

// Lines of random characters; lengths are full or uniform from `shortest` to full.
HostBatch random_batch(const Workload& w, Device device) {
  std::mt19937 generator(1);
  std::uniform_int_distribution<std::int32_t> character(kSpecialTokens,
                                                        static_cast<std::int32_t>(w.model.vocabulary) - 1);
  const auto line = [&](std::int64_t full) {
    std::uniform_int_distribution<std::int64_t> length(w.shortest > 0 ? w.shortest : full, full);
    Ids ids(static_cast<std::size_t>(length(generator)));
    std::generate(ids.begin(), ids.end(), [&] { return character(generator); });
    return ids;
  };
  std::vector<Ids> sources, targets;
  for (std::int64_t b = 0; b < w.batch; ++b) {
    sources.push_back(line(w.source));
    targets.push_back(line(w.target));
  }
  return lay_out(sources, targets, w.batch, device.kind == DeviceKind::kCuda ? 4 : 1);  // as the trainer does
}

// Floating-point operations of the products of a step if nothing is skipped: the figure that rates are quoted
// against, whatever the implementation saves.
double nominal_operations(const Workload& w) {
  const auto& m = w.model;
  const auto layers = [&](std::int64_t embedding, std::int64_t steps) {
    const double gates = 4.0 * static_cast<double>(m.rnn_size);
    const double inputs =
        static_cast<double>(embedding + (m.num_layers - 1) * m.rnn_size + m.num_layers * m.rnn_size);
    return 2.0 * static_cast<double>(steps * w.batch) * gates * inputs;
  };
  const double output = 2.0 * static_cast<double>((w.target + 1) * w.batch * m.rnn_size * m.vocabulary);
  return 3.0 * (layers(m.encoding_embedding_size, w.source) +
                layers(m.decoding_embedding_size, w.target + 1) + output);
}

bool parse(int argc, char** argv, Workload& w, bool& json) {
  namespace po = boost::program_options;
  po::options_description options("Options");
  auto add = options.add_options();
  const auto number = [](auto& value) { return po::value(&value)->default_value(value); };
  add("help", "show this");
  add("batch", number(w.batch), "lines");
  add("source", number(w.source), "characters of the longest source line");
  add("target", number(w.target), "characters of the longest target line, without its end");
  add("shortest", number(w.shortest), "lengths are uniform from here to the longest; 0: all are longest");
  add("vocabulary", number(w.model.vocabulary), "ids");
  add("rnn-size", number(w.model.rnn_size), "");
  add("num-layers", number(w.model.num_layers), "");
  add("encoding-embedding-size", number(w.model.encoding_embedding_size), "");
  add("decoding-embedding-size", number(w.model.decoding_embedding_size), "");
  add("device", number(w.device), "cpu or cuda");
  add("precision", number(w.precision), "of products: fp32, tf32 or bf16");
  add("lstm", number(w.lstm), "whose kernels: favras, or cudnn on CUDA");
  add("threads", number(w.threads), "of the CPU");
  add("steps", number(w.steps), "measured");
  add("warmup", number(w.warmup), "steps before");
  add("json", po::bool_switch(&json), "print a JSON object");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  po::notify(values);
  if (w.lstm != "favras" && w.lstm != "cudnn") throw std::invalid_argument("--lstm is favras or cudnn");
  if (values.count("help")) std::cout << options;
  return values.count("help") == 0;
}

struct Measured {
  std::vector<double> seconds;  // of the steps after the warm-up, sorted
  double loss = 0.0;            // of the last step
};

// Steps as the trainer takes them: on CUDA the first is ordinary, the second is recorded, the others are
// replayed.
Measured measure(const Workload& w, Device device, Precision precision) {
  allow_tf32(device, precision == Precision::kTf32);
  const bool cudnn = w.lstm == "cudnn";
  Model model(w.model, 1, storage_dtype(precision), device,
              cudnn ? LstmBackend::kCudnn : LstmBackend::kFavras);
  Adam adam(model.parameters(), {});
  DeviceStepState state(device);
  Replay replay(device, cudnn ? Replay::kNever : Replay::kOnCuda);
  const HostBatch host_batch = random_batch(w, device);
  const Batch batch = upload(host_batch, device);

  Measured measured;
  for (int step = 1; step <= w.warmup + w.steps; ++step) {
    synchronize(device);
    const auto start = std::chrono::steady_clock::now();
    state.set({.seed = 1, .step = static_cast<std::uint64_t>(step), .learning_rate = 0.001f});
    const std::vector<Tensor>& results = replay.run(host_batch.shape(), [&]() -> std::vector<Tensor> {
      model.parameters().zero_gradients();
      const Loss loss = model.loss(batch, 0.7f, state);
      backward(loss.mean);
      adam.step(state);
      return {loss.mean.value()};
    });
    measured.loss = results[0].to_host<float>()[0];
    synchronize(device);
    if (step > w.warmup)
      measured.seconds.push_back(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(measured.seconds.begin(), measured.seconds.end());
  return measured;
}

boost::json::object describe(const Workload& w, Device device, Precision precision) {
  boost::json::object all{{"device", to_string(device)},
                          {"threads", w.threads},
                          {"precision", to_string(precision)},
                          {"lstm", w.lstm},
                          {"batch", w.batch},
                          {"source", w.source},
                          {"target", w.target},
                          {"vocabulary", w.model.vocabulary},
                          {"rnn_size", w.model.rnn_size},
                          {"num_layers", w.model.num_layers},
                          {"encoding_embedding_size", w.model.encoding_embedding_size},
                          {"decoding_embedding_size", w.model.decoding_embedding_size}};
  for (const auto& [name, version] : bench::versions()) all[name] = version;
  return all;
}

void print(const Workload& w, Device device, Precision precision, const Measured& measured, bool json) {
  const std::vector<double>& seconds = measured.seconds;
  const double median = seconds[seconds.size() / 2], rate = nominal_operations(w) / median * 1e-9;
  const double peak = static_cast<double>(CachingAllocator::of(device).statistics().peak_in_use) / (1 << 20);
  if (json) {
    boost::json::object all = describe(w, device, precision);
    all["seconds_median"] = median;
    all["seconds_min"] = seconds.front();
    all["seconds"] = boost::json::array(seconds.begin(), seconds.end());
    all["operations"] = nominal_operations(w);
    all["nominal_gflops"] = rate;
    all["peak_mib"] = peak;
    all["loss"] = measured.loss;
    std::cout << boost::json::serialize(all) << "\n";
    return;
  }
  fmt::print(
      "favras, {}, {}, LSTM of {}, {} threads: {:.4f} s a step (median of {}, fastest {:.4f}), {:.0f} "
      "lines/s, {:.0f} nominal GFLOP/s, {:.0f} MiB at most, loss {:.3f}\n",
      to_string(device), to_string(precision), w.lstm, w.threads, median, w.steps, seconds.front(),
      static_cast<double>(w.batch) / median, rate, peak, measured.loss);
}

}  // namespace

int main(int argc, char** argv) try {
  bench::refuse_debug_build("training_step");
  let_waiting_threads_sleep(argv);
  Workload w;
  bool json = false;
  if (!parse(argc, argv, w, json)) return 0;
  set_cpu_threads(w.threads);
  const Device device = parse_device(w.device);
  const Precision precision = offered(device, parse_precision(w.precision));
  print(w, device, precision, measure(w, device, precision), json);
} catch (const std::exception& error) {
  fmt::print(stderr, "training_step: {}\n", error.what());
  return 1;
}
