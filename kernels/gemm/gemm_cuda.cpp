#include <algorithm>
#include <bit>
#include <compare>
#include <cublasLt.h>
#include <cuda_runtime.h>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "kernels/common/cuda_check.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/products_cuda.h"

namespace favras::kernels::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

// Parts of a sum over k are added in the type of sums, in a fixed order. The scheme "in place" would add them
// as they come; "output type" would round them to C's type first.
constexpr std::uint32_t kReductionSchemes =
    CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Handle = std::unique_ptr<std::remove_pointer_t<cublasLtHandle_t>, Destroy<cublasLtDestroy>>;
using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, Destroy<cublasLtMatmulDescDestroy>>;
using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Destroy<cublasLtMatrixLayoutDestroy>>;
using Preference =
    std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Destroy<cublasLtMatmulPreferenceDestroy>>;
using DeviceMemory = std::unique_ptr<void, Destroy<cudaFree>>;

void check(cublasStatus_t status, const char* call, const std::string& what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(what + ": " + call + ": " + cublasLtGetStatusName(status));
}

// All that the choice of an algorithm depends on.
struct Problem {
  cudaDataType_t type, c_type;
  cublasComputeType_t compute;
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;
  std::uint32_t a_alignment, b_alignment, c_alignment;  // bytes

  auto operator<=>(const Problem&) const = default;
};

struct Plan {
  Operation operation;
  Layout a, b, c;
  cublasLtMatmulAlgo_t algorithm;
};

template <class T>
constexpr cudaDataType_t kDataType = std::is_same_v<T, double>  ? CUDA_R_64F
                                     : std::is_same_v<T, float> ? CUDA_R_32F
                                                                : CUDA_R_16BF;

// The largest power of two that divides the address, up to the largest that cuBLASLt asks for.
std::uint32_t alignment_of(const void* pointer) {
  constexpr std::uintptr_t kLargest = 256;
  const auto address = reinterpret_cast<std::uintptr_t>(pointer) | kLargest;
  return static_cast<std::uint32_t>(address & (~address + 1));
}

template <class T, class TC>
Problem problem_of(const Gemm<T, TC>& g, bool tf32) {
  const auto compute = std::is_same_v<T, double>          ? CUBLAS_COMPUTE_64F
                       : std::is_same_v<T, float> && tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                          : CUBLAS_COMPUTE_32F;
  return {.type = kDataType<T>,
          .c_type = kDataType<TC>,
          .compute = compute,
          .m = g.m,
          .n = g.n,
          .k = g.k,
          .transpose_a = g.transpose_a,
          .transpose_b = g.transpose_b,
          .a_alignment = alignment_of(g.a),
          .b_alignment = alignment_of(g.b),
          .c_alignment = alignment_of(g.c)};
}

std::string name_of(cudaDataType_t type) {
  return type == CUDA_R_64F ? "double" : type == CUDA_R_32F ? "float" : "bfloat16";
}

std::string describe(const Problem& p) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns, bool transpose) {
    return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]" +
           (transpose ? " (transposed)" : "");
  };
  return "gemm: " + name_of(p.type) + " " + matrix(p.m, p.k, p.transpose_a) + " x " +
         matrix(p.k, p.n, p.transpose_b) + " to " + name_of(p.c_type);
}

// Sets one attribute, whose size cuBLASLt checks against its own.
template <class Value>
void set(const Operation& operation, cublasLtMatmulDescAttributes_t attribute, Value value,
         const std::string& what) {
  check(cublasLtMatmulDescSetAttribute(operation.get(), attribute, &value, sizeof value),
        "cublasLtMatmulDescSetAttribute", what);
}

template <class Value>
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t attribute, Value value,
         const std::string& what) {
  check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value),
        "cublasLtMatmulPreferenceSetAttribute", what);
}

Operation make_operation(const Problem& p, const std::string& what) {
  cublasLtMatmulDesc_t made = nullptr;
  const cudaDataType_t scale = p.type == CUDA_R_64F ? CUDA_R_64F : CUDA_R_32F;
  check(cublasLtMatmulDescCreate(&made, p.compute, scale), "cublasLtMatmulDescCreate", what);
  Operation operation(made);
  const auto as_int = [](bool transpose) -> std::int32_t { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
  set(operation, CUBLASLT_MATMUL_DESC_TRANSA, as_int(p.transpose_b), what);
  set(operation, CUBLASLT_MATMUL_DESC_TRANSB, as_int(p.transpose_a), what);
  return operation;
}

// A matrix stored by rows is, to cuBLASLt, its transpose stored by columns.
Layout make_layout(cudaDataType_t type, std::int64_t rows, std::int64_t columns, const std::string& what) {
  cublasLtMatrixLayout_t made = nullptr;
  check(cublasLtMatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(columns),
                                   static_cast<std::uint64_t>(rows), columns),
        "cublasLtMatrixLayoutCreate", what);
  return Layout(made);
}

Preference make_preference(const Problem& p, const std::string& what) {
  cublasLtMatmulPreference_t made = nullptr;
  check(cublasLtMatmulPreferenceCreate(&made), "cublasLtMatmulPreferenceCreate", what);
  Preference preference(made);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{kWorkspaceBytes}, what);
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, kReductionSchemes, what);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, p.b_alignment, what);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, p.a_alignment, what);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, p.c_alignment, what);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, p.c_alignment, what);
  return preference;
}

// C' = op(B)' op(A)', all stored by columns: cuBLASLt's A is our b, its B our a.
Plan make_plan(cublasLtHandle_t handle, const Problem& p) {
  const std::string what = describe(p);
  Plan plan{.operation = make_operation(p, what),
            .a = make_layout(p.type, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k, what),
            .b = make_layout(p.type, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n, what),
            .c = make_layout(p.c_type, p.m, p.n, what),
            .algorithm = {}};
  const Preference preference = make_preference(p, what);
  cublasLtMatmulHeuristicResult_t best{};
  int found = 0;
  check(cublasLtMatmulAlgoGetHeuristic(handle, plan.operation.get(), plan.b.get(), plan.a.get(), plan.c.get(),
                                       plan.c.get(), preference.get(), 1, &best, &found),
        "cublasLtMatmulAlgoGetHeuristic", what);
  if (found == 0) throw std::runtime_error(what + ": cuBLASLt has no algorithm for it on this GPU");
  check(best.state, "cublasLtMatmulAlgoGetHeuristic", what);
  plan.algorithm = best.algo;
  return plan;
}

DeviceMemory make_workspace() {
  void* memory = nullptr;
  FAVRAS_CUDA_CHECK(cudaMalloc(&memory, kWorkspaceBytes));
  return DeviceMemory(memory);
}

Handle make_handle() {
  cublasLtHandle_t made = nullptr;
  check(cublasLtCreate(&made), "cublasLtCreate", "cuBLASLt cannot start");
  return Handle(made);
}

}  // namespace

struct Products::State {
  Handle handle = make_handle();
  DeviceMemory workspace = make_workspace();
  bool tf32 = false;
  std::map<Problem, Plan> plans = {};

  const Plan& plan(const Problem& problem) {
    const auto found = plans.find(problem);
    if (found != plans.end()) return found->second;
    return plans.emplace(problem, make_plan(handle.get(), problem)).first->second;
  }
};

Products::Products(bool tf32) : state_(std::make_unique<State>()) { state_->tf32 = tf32; }
Products::~Products() = default;
void Products::allow_tf32(bool tf32) { state_->tf32 = tf32; }
bool Products::allows_tf32() const { return state_->tf32; }

template <class T, class TC>
void gemm(Context& context, const Gemm<T, TC>& g) {
  if (g.m == 0 || g.n == 0) return;
  if (!context.products) throw std::invalid_argument("gemm: the context has no products");
  Products::State& state = context.products->state();
  const Problem problem = problem_of(g, state.tf32);
  if (g.m < 0 || g.n < 0 || g.k < 0) throw std::invalid_argument(describe(problem) + ": a size below zero");
  if (g.k == 0) {
    if (g.beta == Accumulate<T>(1)) return;
    if (g.beta != Accumulate<T>(0))
      throw std::invalid_argument(describe(problem) + ": an empty sum allows beta 0 and 1 only");
    const auto bytes = static_cast<std::size_t>(g.m * g.n) * sizeof(TC);
    return FAVRAS_CUDA_CHECK(cudaMemsetAsync(g.c, 0, bytes, context.stream));
  }
  const Plan& plan = state.plan(problem);
  const Accumulate<T> one = 1;
  const cublasStatus_t status =
      cublasLtMatmul(state.handle.get(), plan.operation.get(), &one, g.b, plan.b.get(), g.a, plan.a.get(),
                     &g.beta, g.c, plan.c.get(), g.c, plan.c.get(), &plan.algorithm, state.workspace.get(),
                     kWorkspaceBytes, context.stream);
  if (status != CUBLAS_STATUS_SUCCESS) check(status, "cublasLtMatmul", describe(problem));
}

template void gemm(Context&, const Gemm<float>&);
template void gemm(Context&, const Gemm<double>&);
template void gemm(Context&, const Gemm<bfloat16>&);
template void gemm(Context&, const Gemm<bfloat16, float>&);

}  // namespace favras::kernels::cuda
