// One LSTM problem for any device and number type: the same numbers in the device's memory, what is not
// wanted null, what must not be read NaN, and the results by name. For comparing devices and types.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kernels/lstm/lstm.h"
#include "tests/kernels/device_numbers.h"
#include "tests/kernels/shared_products.h"
#include "tests/simt/device_array.h"

namespace favras::test {

using kernels::LstmBackward;
using kernels::LstmForward;
using kernels::LstmShape;

// Bits of what a caller gives or wants beyond the least.
enum LstmWish : unsigned {
  kInitialStates = 1,
  kFinalStates = 2,
  kTopOutput = 4,
  kLowerOutputs = 8,
  kOutputGradients = 16,
  kFinalGradients = 32,
  kWeightGradients = 64,
  kInputGradients = 128,
  kInitialGradients = 256,
  kAll = 511
};

struct LstmCase {
  LstmShape shape;
  std::vector<std::int32_t> lengths;
  float keep = 1.0f;
  unsigned wishes = kAll;
  unsigned seed = 1;
};

inline std::ostream& operator<<(std::ostream& out, const LstmCase& c) {
  out << fmt::format("T{} B{} I{} H{} L{}{} keep {} wishes {:x} seed {} lengths", c.shape.time, c.shape.batch,
                     c.shape.input_size, c.shape.hidden_size, c.shape.layers,
                     c.shape.reverse ? " reverse" : "", c.keep, c.wishes, c.seed);
  for (const std::int32_t length : c.lengths) out << ' ' << length;
  return out;
}

inline std::vector<std::int32_t> random_lengths(std::int64_t batch, std::int64_t time, unsigned seed) {
  return random_ids(batch, static_cast<std::int32_t>(time) + 1, seed);
}

using LstmResults = std::map<std::string, std::vector<double>>;

// Where arrays live. copy() replaces what a problem was given.
struct OnCpu {
  using Context = kernels::cpu::Context;
  static void copy(const void* to, const void* from, std::size_t bytes) {
    std::memcpy(const_cast<void*>(to), from, bytes);
  }
  template <class T>
  class Array {
   public:
    Array(const std::vector<T>& numbers, std::size_t) : numbers_(numbers) {}
    T* data() { return numbers_.data(); }
    std::vector<T> values() const { return numbers_; }
    bool intact() const { return true; }

   private:
    std::vector<T> numbers_;
  };
  template <class T>
  using Single = Array<T>;
  static void complete(Context&) {}
};
struct OnCuda {
  using Context = kernels::cuda::Context;
  static void copy(const void* to, const void* from, std::size_t bytes) {
    simt::check(cudaMemcpy(const_cast<void*>(to), from, bytes, cudaMemcpyDefault));
    simt::check(cudaStreamSynchronize(nullptr));  // other streams do not wait for the copy
  }
  template <class T>
  using Array = DeviceNumbers<T>;
  template <class T>
  class Single : public simt::DeviceArray<T> {
   public:
    Single(const std::vector<T>& values, std::size_t) : simt::DeviceArray<T>(values) {}
  };
  static void complete(Context& context) { context.products = &shared_products(); }
};

inline constexpr std::int64_t kLstmVocabulary = 5;

// Numbers are rounded to Rounded, that problems of more precise T can be the reference for a less precise
// one.
template <class Device, class T, class Rounded = T>
class LstmProblem {
 public:
  using A = kernels::Accumulate<T>;

  explicit LstmProblem(const LstmCase& c, typename Device::Context device = {}, std::size_t shift = 0)
      : context(device), case_(c), shift_(shift) {
    Device::complete(context);
    forward.shape = c.shape;
    forward.lengths = array<std::int32_t>(c.lengths);
    add_inputs();
    add_forward_results();
    add_backward();
    const std::size_t reserve = lstm_reserve_bytes<T>(context, c.shape);
    const std::size_t workspace = lstm_workspace_bytes<T>(context, c.shape);
    forward.reserve = garbage(reserve);
    forward.workspace = garbage(workspace);
    backward.workspace = garbage(workspace);
    backward.forward = forward;
  }
  LstmProblem(const LstmProblem&) = delete;
  LstmProblem& operator=(const LstmProblem&) = delete;

  void run_forward() { lstm_forward(context, forward); }
  void run() {
    run_forward();
    lstm_backward(context, backward);
  }
  LstmResults results() const {
    LstmResults all;
    for (const auto& [name, values] : results_) all[name] = values();
    return all;
  }
  bool intact() const {
    return std::ranges::all_of(intact_, [](const auto& is_intact) { return is_intact(); });
  }

  typename Device::Context context;
  LstmForward<T> forward;
  LstmBackward<T> backward;

 private:
  using R = kernels::Accumulate<Rounded>;

  bool wants(unsigned wishes) const { return (case_.wishes & wishes) != 0; }
  bool wants_output(std::int64_t layer) const {
    return wants(layer + 1 == case_.shape.layers ? kTopOutput : kLowerOutputs);
  }
  std::int64_t states() const { return case_.shape.layers * case_.shape.batch * case_.shape.hidden_size; }
  std::int64_t rows() const { return case_.shape.time * case_.shape.batch; }

  template <class U>
  U* array(const std::vector<U>& numbers) {
    const auto made = std::make_shared<typename Device::template Array<U>>(numbers, shift_);
    intact_.push_back([made] { return made->intact(); });
    return made->data();
  }
  template <class U>
  U* result(const std::string& name, const std::vector<U>& before) {
    const auto made = std::make_shared<typename Device::template Array<U>>(before, shift_);
    intact_.push_back([made] { return made->intact(); });
    results_[name] = [made] {
      std::vector<double> wide;
      for (const U value : made->values()) wide.push_back(kernels::Accumulate<U>(value));
      return wide;
    };
    return made->data();
  }
  void* garbage(std::size_t bytes) { return array(std::vector<std::uint64_t>(bytes / 8, ~std::uint64_t{0})); }

  // Numbers of type U that are exact in type By.
  template <class U, class By>
  std::vector<U> numbers(std::int64_t count, double scale) {
    std::vector<U> rounded;
    for (const double number : normal_numbers<double>(count, case_.seed * 1000 + next_seed_++, scale))
      rounded.push_back(static_cast<U>(static_cast<R>(static_cast<By>(static_cast<R>(number)))));
    return rounded;
  }
  template <class U>
  std::vector<U> nans(std::int64_t count) const {
    return std::vector<U>(static_cast<std::size_t>(count), static_cast<U>(kNan<float>));
  }
  // Past the rows' ends nothing may be read.
  template <class U>
  std::vector<U> spoiled(std::vector<U> by_time, std::int64_t columns, U spoil) const {
    const std::int64_t batch = case_.shape.batch;
    for (std::int64_t i = 0; i < std::ssize(by_time); ++i)
      if (i / columns / batch >= case_.lengths[i / columns % batch]) by_time[i] = spoil;
    return by_time;
  }

  // Those of rows of length 0 go to the final states and nowhere else.
  std::vector<A> initial_states() {
    std::vector<A> states_now = numbers<A, R>(states(), 0.5);
    for (std::int64_t i = 0; i < states(); ++i)
      if (case_.lengths[i / case_.shape.hidden_size % case_.shape.batch] == 0) states_now[i] = kNan<A>;
    return states_now;
  }

  void add_inputs() {
    const LstmShape& s = case_.shape;
    const std::int64_t H = s.hidden_size, I = s.input_size;
    if (I > 0) {
      forward.input = array(spoiled(numbers<T, Rounded>(rows() * I, 1.0), I, static_cast<T>(kNan<float>)));
    } else {
      forward.ids = array(spoiled(random_ids(rows(), kLstmVocabulary, case_.seed), 1, 1 << 30));
      forward.projected_table = array(numbers<A, R>(kLstmVocabulary * 4 * H, 1.0));
    }
    for (std::int64_t l = 0; l < s.layers; ++l) {
      const std::int64_t size = l == 0 ? I : H;
      const double scale = 1.0 / std::sqrt(static_cast<double>(H));
      const T* const input = size > 0 ? array(numbers<T, Rounded>(4 * H * size, scale)) : nullptr;
      const T* const hidden = array(numbers<T, Rounded>(4 * H * H, scale));
      weights_.push_back({input, hidden, size > 0 ? array(numbers<T, Rounded>(4 * H, 0.5)) : nullptr});
    }
    forward.weights = weights_;
    if (wants(kInitialStates)) {
      forward.initial_hidden = array(initial_states());
      forward.initial_cell = array(initial_states());
    }
    forward.dropout = {.keep = case_.keep, .stream = 7};
    if (case_.keep < 1.0f) {
      state_ = std::make_shared<typename Device::template Single<kernels::StepState>>(
          std::vector<kernels::StepState>{{.seed = 0x987654321u + case_.seed, .step = 0x300000005}}, 0);
      forward.dropout.state = state_->data();
    }
  }

  void add_forward_results() {
    const LstmShape& s = case_.shape;
    for (std::int64_t l = 0; l < s.layers; ++l)
      outputs_.push_back(wants_output(l) ? result(fmt::format("y {}", l), nans<T>(rows() * s.hidden_size))
                                         : nullptr);
    if (wants(kTopOutput | kLowerOutputs)) forward.outputs = outputs_;
    if (wants(kFinalStates)) {
      forward.final_hidden = result("final h", nans<A>(states()));
      forward.final_cell = result("final c", nans<A>(states()));
    }
  }

  void add_backward() {
    const LstmShape& s = case_.shape;
    const std::int64_t H = s.hidden_size, I = s.input_size;
    for (std::int64_t l = 0; l < s.layers; ++l) {
      const std::int64_t size = l == 0 ? I : H;
      d_outputs_.push_back(wants_output(l) ? array(spoiled(numbers<T, Rounded>(rows() * H, 1.0), H,
                                                           static_cast<T>(kNan<float>)))
                                           : nullptr);
      const auto gradient = [&](const char* name, std::int64_t count) {
        return wants(kWeightGradients) && count > 0
                   ? result(fmt::format("d {} {}", name, l), numbers<A, R>(count, 1.0))
                   : nullptr;
      };
      d_weights_.push_back({gradient("W_ih", 4 * H * size), gradient("W_hh", 4 * H * H),
                            size > 0 ? gradient("b", 4 * H) : nullptr});
    }
    if (wants(kOutputGradients)) backward.d_outputs = d_outputs_;
    backward.d_weights = d_weights_;
    if (wants(kFinalGradients)) {
      backward.d_final_hidden = array(numbers<A, R>(states(), 1.0));
      backward.d_final_cell = array(numbers<A, R>(states(), 1.0));
    }
    backward.vocabulary = kLstmVocabulary;
    if (wants(kInputGradients) && I > 0) backward.d_input = result("d x", nans<T>(rows() * I));
    if (wants(kInputGradients) && I == 0)
      backward.d_projected_table = result("d table", numbers<A, R>(kLstmVocabulary * 4 * H, 1.0));
    if (wants(kInitialGradients)) {
      backward.d_initial_hidden = result("d initial h", nans<A>(states()));
      backward.d_initial_cell = result("d initial c", nans<A>(states()));
    }
  }

  const LstmCase case_;
  const std::size_t shift_;
  unsigned next_seed_ = 0;
  std::vector<kernels::LstmWeights<T>> weights_;
  std::vector<T*> outputs_;
  std::vector<const T*> d_outputs_;
  std::vector<kernels::LstmWeightGradients<T>> d_weights_;
  std::shared_ptr<typename Device::template Single<kernels::StepState>> state_;
  std::map<std::string, std::function<std::vector<double>()>> results_;
  std::vector<std::function<bool()>> intact_;
};

}  // namespace favras::test
