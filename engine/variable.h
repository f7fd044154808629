// Automatic differentiation, define by run: an operation that has an input requiring a gradient leaves a
// node behind; backward() walks the nodes from the loss to the leaves. Operations live in engine/ops.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/tensor.h"

namespace favras {

struct Node;

// Where a backward function puts an input's gradient: overwrite if `accumulate` is false, else add.
struct GradientTarget {
  Tensor tensor;
  bool accumulate = false;
};

// A value, its gradient once backward() has come by, and what made it. Copies are the same variable.
class Variable {
 public:
  Variable() = default;  // none: false when tested
  explicit Variable(Tensor value, bool requires_grad = false);
  // A leaf whose gradient is added to `gradient`, memory that outlives the graph (a parameter's).
  Variable(Tensor value, Tensor gradient);

  explicit operator bool() const { return state_ != nullptr; }
  const Tensor& value() const { return state_->value; }
  const Tensor& gradient() const { return state_->gradient; }  // none before backward()
  bool requires_grad() const { return state_ && state_->requires_grad; }

  // For backward functions; only if requires_grad(). A product accumulates into the target for free; a
  // function that made its gradient in memory of its own hands that over.
  GradientTarget gradient_target() const;
  Tensor zeroed_gradient_target() const;  // for functions that can only add
  void add_gradient(Tensor gradient) const;

 private:
  struct State {
    Tensor value, gradient;
    bool requires_grad = false;
    std::shared_ptr<Node> source;  // null for leaves
  };
  friend struct Node;
  friend std::vector<Variable> record(std::vector<Tensor>, std::vector<Variable>,
                                      std::function<void(std::span<const Tensor>)>);
  friend void backward(const Variable&, const Tensor&);

  std::shared_ptr<State> state_;
};

// Receives the gradient of every output (none where nothing depends on it), adds to the inputs' targets.
// Captures only what it needs; it is dropped, and what it holds freed, as soon as it has run.
using BackwardFunction = std::function<void(std::span<const Tensor> output_gradients)>;

// The outputs of an operation as variables; remembers how to go back if any input requires a gradient.
std::vector<Variable> record(std::vector<Tensor> outputs, std::vector<Variable> inputs,
                             BackwardFunction backward);

// True if an operation on these inputs will be recorded, so must save what its backward needs.
bool will_record(std::initializer_list<Variable> inputs);
bool will_record(std::span<const Variable> inputs);

// Gradients of a scalar with respect to every leaf that requires one, times weight, [1] of the loss's type,
// if there is one. The graph is consumed. Throws std::invalid_argument if the loss is not one number or
// requires no gradient, std::logic_error if an earlier call has consumed a part of its graph.
void backward(const Variable& loss, const Tensor& weight = {});

// While one lives, this thread records nothing.
class NoGradient {
 public:
  NoGradient();
  ~NoGradient();
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;

 private:
  bool outer_;
};

}  // namespace favras
