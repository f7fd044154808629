// Seconds of the four LSTM layers of the reference workload alone, forward and backward: ours, or oneDNN's
// own LSTM primitive, which is what PyTorch uses on a CPU. Two stacks of two layers, 60 and 61 steps, batch
// 128, 512 wide, no dropout, all rows of full length. oneDNN's weights are brought into the layout of its
// choice every time, as training has to, and their gradients back.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include "bench/kernels/cpu.h"
#include "bench/kernels/lstm_stack.h"
#include "bench/release.h"
#include "engine/thread_waiting.h"

using namespace favras;
using namespace favras::bench;
using dnnl::memory;

namespace {

constexpr std::int64_t kLayers = 2;
constexpr auto kFloat = memory::data_type::f32;

kernels::LstmShape shape_of(std::int64_t time) {
  return {.time = time, .batch = kBatch, .input_size = kHidden, .hidden_size = kHidden, .layers = kLayers};
}

class Contender {
 public:
  virtual ~Contender() = default;
  virtual void step() = 0;  // forward and backward
};

template <class T>
class Ours : public Contender {
 public:
  explicit Ours(std::int64_t time) : stack_(device_, shape_of(time), 1.0f) {}
  void step() override {
    lstm_forward(device_.context(), stack_.forward());
    lstm_backward(device_.context(), stack_.backward());
  }

 private:
  Cpu device_;
  LstmStack<Cpu, T> stack_;
};

// One stack as oneDNN's primitive. `type` is that of activations and weights; states of cells, the bias and
// all gradients are floats.
class OneDnn : public Contender {
 public:
  OneDnn(std::int64_t time, memory::data_type type) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using tag = memory::format_tag;
    const memory::dims sequence{time, kBatch, kHidden}, states{kLayers, 1, kBatch, kHidden},
        weights{kLayers, 1, kHidden, kernels::kLstmGates, kHidden},
        bias{kLayers, 1, kernels::kLstmGates, kHidden};
    const auto desc = [](const memory::dims& dims, memory::data_type of, tag layout) {
      return memory::desc(dims, of, layout);
    };
    const auto x = desc(sequence, type, tag::tnc), h = desc(states, type, tag::ldnc),
               c = desc(states, kFloat, tag::ldnc), w = desc(weights, type, tag::any),
               b = desc(bias, kFloat, tag::ldgo), dx = desc(sequence, kFloat, tag::tnc),
               dw = desc(weights, kFloat, tag::any);
    const auto left_to_right = dnnl::rnn_direction::unidirectional_left2right;
    const dnnl::lstm_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, left_to_right, x, h, c, w, w, b, x, h, c}, engine_);
    const dnnl::lstm_backward::primitive_desc backward(
        {dnnl::prop_kind::backward, left_to_right, x, h, c, w, w, b, x, h, c, dx, c, c, dw, dw, b, dx, c, c},
        engine_, forward);
    forward_ = dnnl::lstm_forward(forward);
    backward_ = dnnl::lstm_backward(backward);
    add_arguments(forward, backward);
    master_ = memory(desc(weights, kFloat, tag::ldgoi), engine_);
    draw(master_, 0.05f);
  }
  void step() override {
    for (const int weights : {DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER}) {
      reorder(master_, forward_arguments_.at(weights));
      reorder(master_, backward_arguments_.at(weights));
    }
    for (const int d : {DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS})
      fill(backward_arguments_.at(d), 0.0f);  // the primitive adds to them
    forward_.execute(stream_, forward_arguments_);
    backward_.execute(stream_, backward_arguments_);
    for (const int d : {DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER})
      reorder(backward_arguments_.at(d), gradients_);
    stream_.wait();
  }

 private:
  void add_arguments(const dnnl::lstm_forward::primitive_desc& forward,
                     const dnnl::lstm_backward::primitive_desc& backward) {
    const auto make = [&](const memory::desc& desc) {
      memory array(desc, engine_);
      std::fill_n(static_cast<char*>(array.get_data_handle()), desc.get_size(), char{0});
      return array;
    };
    forward_arguments_ = {{DNNL_ARG_SRC_LAYER, make(forward.src_layer_desc())},
                          {DNNL_ARG_SRC_ITER, make(forward.src_iter_desc())},
                          {DNNL_ARG_SRC_ITER_C, make(forward.src_iter_c_desc())},
                          {DNNL_ARG_BIAS, make(forward.bias_desc())},
                          {DNNL_ARG_DST_LAYER, make(forward.dst_layer_desc())},
                          {DNNL_ARG_DST_ITER, make(forward.dst_iter_desc())},
                          {DNNL_ARG_DST_ITER_C, make(forward.dst_iter_c_desc())},
                          {DNNL_ARG_WORKSPACE, make(forward.workspace_desc())}};
    backward_arguments_ = forward_arguments_;
    forward_arguments_[DNNL_ARG_WEIGHTS_LAYER] = make(forward.weights_layer_desc());
    forward_arguments_[DNNL_ARG_WEIGHTS_ITER] = make(forward.weights_iter_desc());
    backward_arguments_[DNNL_ARG_WEIGHTS_LAYER] = make(backward.weights_layer_desc());
    backward_arguments_[DNNL_ARG_WEIGHTS_ITER] = make(backward.weights_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_SRC_LAYER] = make(backward.diff_src_layer_desc());
    backward_arguments_[DNNL_ARG_DIFF_SRC_ITER] = make(backward.diff_src_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_SRC_ITER_C] = make(backward.diff_src_iter_c_desc());
    backward_arguments_[DNNL_ARG_DIFF_WEIGHTS_LAYER] = make(backward.diff_weights_layer_desc());
    backward_arguments_[DNNL_ARG_DIFF_WEIGHTS_ITER] = make(backward.diff_weights_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_BIAS] = make(backward.diff_bias_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_LAYER] = make(backward.diff_dst_layer_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_ITER] = make(backward.diff_dst_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_ITER_C] = make(backward.diff_dst_iter_c_desc());
    draw(backward_arguments_.at(DNNL_ARG_DIFF_DST_LAYER), 1.0f);
    memory input({{forward.src_layer_desc().dims()}, kFloat, memory::format_tag::tnc}, engine_);
    draw(input, 1.0f);
    reorder(input, forward_arguments_.at(DNNL_ARG_SRC_LAYER));
    stream_.wait();
    gradients_ = memory(
        {{kLayers, 1, kHidden, kernels::kLstmGates, kHidden}, kFloat, memory::format_tag::ldgoi}, engine_);
  }
  static void fill(memory& array, float value) {
    std::fill_n(static_cast<float*>(array.get_data_handle()), array.get_desc().get_size() / sizeof(float),
                value);
  }
  // The numbers of arrays.h.
  static void draw(memory& array, float scale) {
    Cpu device;
    const auto size = static_cast<std::int64_t>(array.get_desc().get_size() / sizeof(float));
    std::copy_n(numbers<float>(device, size, scale).data(), size,
                static_cast<float*>(array.get_data_handle()));
  }
  void reorder(memory& from, memory& to) { dnnl::reorder(from, to).execute(stream_, from, to); }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::lstm_forward forward_;
  dnnl::lstm_backward backward_;
  std::unordered_map<int, memory> forward_arguments_, backward_arguments_;
  memory master_, gradients_;  // [L, 4H, H], as the optimizer has them
};

struct Options {
  std::string by = "favras", precision = "fp32";
  int steps = 3;
};

std::unique_ptr<Contender> make(const Options& options, std::int64_t time) {
  const bool bf16 = options.precision == "bf16";
  if (options.by == "onednn") return std::make_unique<OneDnn>(time, bf16 ? memory::data_type::bf16 : kFloat);
  if (bf16) return std::make_unique<Ours<kernels::bfloat16>>(time);
  return std::make_unique<Ours<float>>(time);
}

bool parse(int argc, char** argv, Options& o) {
  namespace po = boost::program_options;
  po::options_description options("Options");
  auto add = options.add_options();
  add("help", "show this");
  add("by", po::value(&o.by)->default_value(o.by), "favras or onednn");
  add("precision", po::value(&o.precision)->default_value(o.precision), "fp32 or bf16");
  add("steps", po::value(&o.steps)->default_value(o.steps), "measured, after one");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  po::notify(values);
  if (values.count("help")) std::cout << options;
  return values.count("help") == 0;
}

}  // namespace

int main(int argc, char** argv) try {
  refuse_debug_build("lstm_layers");
  let_waiting_threads_sleep(argv);
  Options options;
  if (!parse(argc, argv, options)) return 0;
  set_cpu_threads(available_cpu_threads());
  const auto encoder = make(options, kTime), decoder = make(options, kTime + 1);
  std::vector<double> seconds;
  for (int step = 0; step <= options.steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    encoder->step();
    decoder->step();
    if (step > 0)
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  boost::json::object result{{"by", options.by},
                             {"precision", options.precision},
                             {"threads", available_cpu_threads()},
                             {"seconds_median", seconds[seconds.size() / 2]},
                             {"seconds_min", seconds.front()}};
  for (const auto& [name, version] : versions()) result[name] = version;
  std::cout << boost::json::serialize(result) << "\n";
} catch (const std::exception& error) {
  std::cerr << "lstm_layers: " << error.what() << "\n";
  return 1;
}
