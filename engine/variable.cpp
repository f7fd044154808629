#include "engine/variable.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "engine/dispatch.h"
#include "kernels/elementwise/elementwise.h"

namespace favras {

struct Node {
  std::vector<Variable> inputs;
  std::vector<std::weak_ptr<Variable::State>> outputs;  // weak: outputs own their node
  BackwardFunction backward;

  // A node of a walk. Keeps the outputs until their turn, for a consumed node lets go of its inputs.
  struct Visit {
    std::shared_ptr<Node> node;
    std::vector<std::shared_ptr<Variable::State>> outputs;

    void run();
  };

  // Depth first, each node after the nodes its inputs came from.
  static void collect(const std::shared_ptr<Node>& node, std::unordered_set<Node*>& seen,
                      std::vector<Visit>& order);
};

void Node::collect(const std::shared_ptr<Node>& node, std::unordered_set<Node*>& seen,
                   std::vector<Visit>& order) {
  if (!node || !seen.insert(node.get()).second) return;
  if (!node->backward)
    throw std::logic_error("backward: a part of this loss's graph was consumed by an earlier backward");
  for (const Variable& input : node->inputs)
    if (input) collect(input.state_->source, seen, order);
  order.push_back({node, {}});
  for (const auto& output : node->outputs) order.back().outputs.push_back(output.lock());
}

void Node::Visit::run() {
  std::vector<Tensor> gradients;  // of the outputs that something depended on; the variables give theirs up
  for (const auto& output : outputs)
    gradients.push_back(output ? std::exchange(output->gradient, Tensor()) : Tensor());
  const bool reached =
      std::any_of(gradients.begin(), gradients.end(), [](const Tensor& g) { return bool(g); });
  if (reached) node->backward(gradients);
  node->backward = nullptr;
  node->inputs.clear();
}

namespace {

thread_local bool recording = true;

}  // namespace

Variable::Variable(Tensor value, bool requires_grad)
    : state_(std::make_shared<State>(State{std::move(value), {}, requires_grad, nullptr})) {}

Variable::Variable(Tensor value, Tensor gradient)
    : state_(std::make_shared<State>(State{std::move(value), std::move(gradient), true, nullptr})) {
  if (state_->value.shape() != state_->gradient.shape())
    throw std::invalid_argument("gradient " + to_string(state_->gradient.shape()) + " of a variable " +
                                to_string(state_->value.shape()));
}

GradientTarget Variable::gradient_target() const {
  if (state_->gradient) return {state_->gradient, true};
  const Tensor& value = state_->value;
  state_->gradient = Tensor(value.shape(), value.dtype(), value.device());
  return {state_->gradient, false};
}

Tensor Variable::zeroed_gradient_target() const {
  GradientTarget target = gradient_target();
  if (!target.accumulate) target.tensor.zero();
  return target.tensor;
}

void Variable::add_gradient(Tensor gradient) const {
  if (gradient.shape() != state_->value.shape())
    throw std::logic_error("gradient " + to_string(gradient.shape()) + " for a variable " +
                           to_string(state_->value.shape()));
  if (!state_->gradient) {
    state_->gradient = std::move(gradient);
    return;
  }
  dispatch(gradient.device(), gradient.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    add(context,
        kernels::Add<T>{
            .size = gradient.elements(), .x = gradient.data<T>(), .y = state_->gradient.template data<T>()});
  });
}

bool will_record(std::span<const Variable> inputs) {
  return recording &&
         std::any_of(inputs.begin(), inputs.end(), [](const Variable& v) { return v.requires_grad(); });
}

bool will_record(std::initializer_list<Variable> inputs) {
  return will_record(std::span<const Variable>(inputs.begin(), inputs.size()));
}

std::vector<Variable> record(std::vector<Tensor> values, std::vector<Variable> inputs,
                             BackwardFunction backward) {
  const bool requires_grad = will_record(inputs);
  std::vector<Variable> outputs;
  for (Tensor& value : values) outputs.emplace_back(std::move(value), requires_grad);
  if (!requires_grad) return outputs;
  const auto node = std::make_shared<Node>();
  node->inputs = std::move(inputs);
  node->backward = std::move(backward);
  for (const Variable& output : outputs) {
    node->outputs.push_back(output.state_);
    output.state_->source = node;
  }
  return outputs;
}

namespace {

// Of the loss itself: the weight, in memory of its own, or one.
Tensor first_gradient(const Tensor& loss, const Tensor& weight) {
  Tensor gradient(loss.shape(), loss.dtype(), loss.device());
  dispatch(gradient.device(), gradient.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    fill(context, kernels::Fill<T>{.size = 1, .value = weight ? 0.0f : 1.0f, .x = gradient.data<T>()});
    if (weight) add(context, kernels::Add<T>{.size = 1, .x = weight.data<T>(), .y = gradient.data<T>()});
  });
  return gradient;
}

}  // namespace

void backward(const Variable& loss, const Tensor& weight) {
  if (!loss.requires_grad())
    throw std::invalid_argument("backward: nothing that the loss depends on requires a gradient");
  if (loss.value().elements() != 1)
    throw std::invalid_argument("backward: the loss must be one number, not " +
                                to_string(loss.value().shape()));
  if (weight && (weight.shape() != loss.value().shape() || weight.dtype() != loss.value().dtype()))
    throw std::invalid_argument("backward: the weight must have the loss's shape and type");

  std::vector<Node::Visit> order;
  std::unordered_set<Node*> seen;
  Node::collect(loss.state_->source, seen, order);

  loss.add_gradient(first_gradient(loss.value(), weight));
  for (; !order.empty(); order.pop_back()) order.back().run();
}

NoGradient::NoGradient() : outer_(std::exchange(recording, false)) {}
NoGradient::~NoGradient() { recording = outer_; }

}  // namespace favras
