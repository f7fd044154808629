// Stands in for cuBLASLt in the emulation: the calls that kernels/gemm/gemm_cuda.cpp makes, as NVIDIA
// documents them. Products happen on the CPU, in the stream's order. Where the documentation leaves a choice,
// it does what a careless caller would notice: algorithms use all the workspace they may, need all the
// alignment they may count on, and give other bits every time if sums in place are allowed.
#include "tests/simt/products/cublaslt.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <cublasLt.h>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "tests/simt/memory.h"
#include "tests/simt/options.h"
#include "tests/simt/stream.h"

struct cublasLtContext {};

namespace favras::simt {

CublasLtCounts& cublaslt_counts() {
  static CublasLtCounts counts;
  return counts;
}

namespace {

using kernels::bfloat16;

#if defined(FAVRAS_SIMT_ASAN) || defined(FAVRAS_SIMT_TSAN)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct Layout : cublasLtMatrixLayoutOpaque_t {
  cudaDataType type = CUDA_R_32F;
  std::int64_t rows = 0, columns = 0, leading = 0;  // stored by columns

  bool fits() const { return rows > 0 && columns > 0 && leading >= rows; }
  std::size_t bytes() const {
    const std::size_t of_element = type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2;
    return static_cast<std::size_t>((columns - 1) * leading + rows) * of_element;
  }
  bool operator==(const Layout& other) const {
    return type == other.type && rows == other.rows && columns == other.columns && leading == other.leading;
  }
};

struct MatmulDesc : cublasLtMatmulDescOpaque_t {
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  cudaDataType scale = CUDA_R_32F;
  std::int32_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
};

struct Preference : cublasLtMatmulPreferenceOpaque_t {
  std::uint64_t workspace = 0;
  std::uint32_t reduction_schemes = CUBLASLT_REDUCTION_SCHEME_MASK;
  std::uint32_t a_alignment = 256, b_alignment = 256, c_alignment = 256, d_alignment = 256;
};

// What an algorithm's 64 bytes hold here.
struct Algorithm {
  std::uint64_t workspace;
  std::uint64_t problem;  // the hash of what it was chosen for
  std::uint32_t a_alignment, b_alignment, c_alignment, d_alignment;
  bool in_place;
};
static_assert(sizeof(Algorithm) <= sizeof(cublasLtMatmulAlgo_t));

const Layout& layout_of(cublasLtMatrixLayout_t handle) { return static_cast<const Layout&>(*handle); }

template <class Object, class Opaque>
cublasStatus_t create(Opaque** handle, Object object) {
  ++cublaslt_counts().objects;
  *handle = std::make_unique<Object>(object).release();
  return CUBLAS_STATUS_SUCCESS;
}

template <class Object, class Opaque>
cublasStatus_t destroy(Opaque* handle) {
  --cublaslt_counts().objects;
  delete static_cast<Object*>(handle);
  return CUBLAS_STATUS_SUCCESS;
}

template <class Value>
cublasStatus_t set(Value& attribute, const void* value, std::size_t bytes) {
  if (value == nullptr || bytes != sizeof attribute) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&attribute, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

std::uint64_t hash_of(const MatmulDesc& operation, std::initializer_list<const Layout*> layouts) {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 1099511628211u;
  };
  add(operation.compute), add(operation.a), add(operation.b);
  for (const Layout* layout : layouts)
    add(layout->type), add(layout->rows), add(layout->columns), add(layout->leading);
  return hash;
}

struct Product {
  MatmulDesc operation;
  Layout a, b, c;
  const void* a_data;
  const void* b_data;
  const void* c_data;
  void* d_data;
  double alpha, beta;  // hold every value of the scale's type
  std::byte* workspace;
  Algorithm algorithm;
  int number;  // of the product among all

  std::int64_t m() const { return operation.a == CUBLAS_OP_N ? a.rows : a.columns; }
  std::int64_t k() const { return operation.a == CUBLAS_OP_N ? a.columns : a.rows; }
  std::int64_t n() const { return operation.b == CUBLAS_OP_N ? b.columns : b.rows; }
};

// Whether the sizes agree, D = op(A) op(B) + C.
bool is_product(const MatmulDesc& operation, const Layout& a, const Layout& b, const Layout& c) {
  const bool a_as_is = operation.a == CUBLAS_OP_N, b_as_is = operation.b == CUBLAS_OP_N;
  return a.fits() && b.fits() && c.fits() && (a_as_is ? a.rows : a.columns) == c.rows &&
         (b_as_is ? b.columns : b.rows) == c.columns &&
         (a_as_is ? a.columns : a.rows) == (b_as_is ? b.rows : b.columns);
}

bool is_supported(const MatmulDesc& operation, const Layout& a, const Layout& b, const Layout& c) {
  const auto has = [&](cudaDataType type, cudaDataType c_type) {
    return a.type == type && b.type == type && c.type == c_type;
  };
  for (const Layout* layout : {&a, &b, &c})
    if (layout->rows > std::numeric_limits<std::int32_t>::max() ||
        layout->columns > std::numeric_limits<std::int32_t>::max())
      return false;
  if (operation.compute == CUBLAS_COMPUTE_64F)
    return operation.scale == CUDA_R_64F && has(CUDA_R_64F, CUDA_R_64F);
  if (operation.scale != CUDA_R_32F) return false;
  if (operation.compute == CUBLAS_COMPUTE_32F_FAST_TF32) return has(CUDA_R_32F, CUDA_R_32F);
  return operation.compute == CUBLAS_COMPUTE_32F &&
         (has(CUDA_R_32F, CUDA_R_32F) || has(CUDA_R_16BF, CUDA_R_16BF) || has(CUDA_R_16BF, CUDA_R_32F));
}

// A float as products in tf32 read it: to the nearest of 10 bits of fraction, ties to even.
struct Tf32 {
  std::uint32_t bits;

  explicit operator float() const {
    const bool is_finite = (bits & 0x7F800000u) != 0x7F800000u;
    return std::bit_cast<float>(is_finite ? (bits + 0xFFFu + ((bits >> 13) & 1u)) & ~0x1FFFu : bits);
  }
};

// The type of sums and operands.
template <class T>
using Sum = std::conditional_t<std::is_same_v<T, Tf32>, float, kernels::Accumulate<T>>;

// A matrix without gaps and in the type of sums: itself where it is so, unless a sanitizer should see every
// access, since the CPU's products are not built with one.
template <class T>
class Dense {
 public:
  Dense(const void* data, const Layout& layout) : data_(static_cast<const Sum<T>*>(data)) {
    if (std::is_same_v<T, Sum<T>> && layout.leading == layout.rows && !kSanitized) return;
    const T* from = static_cast<const T*>(data);
    copy_.reserve(static_cast<std::size_t>(layout.rows * layout.columns));
    for (std::int64_t column = 0; column < layout.columns; ++column)
      for (std::int64_t row = 0; row < layout.rows; ++row)
        copy_.push_back(static_cast<Sum<T>>(from[column * layout.leading + row]));
    data_ = copy_.data();
  }
  const Sum<T>* data() const { return data_; }

 private:
  std::vector<Sum<T>> copy_;
  const Sum<T>* data_;
};

// Matrices stored by columns are their transposes stored by rows: D' = op(B)' op(A)'.
template <class T, class TC>
void multiply(const Product& p) {
  using A = Sum<T>;
  const Dense<T> a(p.a_data, p.a), b(p.b_data, p.b);
  std::vector<A> sums(static_cast<std::size_t>(p.m() * p.n()));
  kernels::cpu::Context context;
  gemm(context, kernels::Gemm<A>{.m = p.n(),
                                 .n = p.m(),
                                 .k = p.k(),
                                 .a = b.data(),
                                 .b = a.data(),
                                 .c = sums.data(),
                                 .transpose_a = p.operation.b == CUBLAS_OP_T,
                                 .transpose_b = p.operation.a == CUBLAS_OP_T});
  const A alpha = static_cast<A>(p.alpha), beta = static_cast<A>(p.beta);
  const A as_they_came =
      A(1) + (p.algorithm.in_place ? A(p.number) * std::numeric_limits<A>::epsilon() : A(0));
  const TC* before = static_cast<const TC*>(p.c_data);
  TC* after = static_cast<TC*>(p.d_data);
  for (std::int64_t column = 0; column < p.n(); ++column)
    for (std::int64_t row = 0; row < p.m(); ++row) {
      const std::int64_t at = column * p.c.leading + row;
      const A addend = beta == A(0) ? A(0) : beta * static_cast<A>(before[at]);
      const A sum = sums[static_cast<std::size_t>(column * p.m() + row)] * as_they_came;
      after[at] = static_cast<TC>(alpha * sum + addend);
    }
}

void run(const Product& p) {
  const auto require = [](const void* data, std::size_t bytes, const char* what) {
    if (!on_device(data, bytes))
      throw KernelFault(std::string("cublasLtMatmul: ") + what + " reaches outside device memory");
  };
  require(p.a_data, p.a.bytes(), "A");
  require(p.b_data, p.b.bytes(), "B");
  require(p.d_data, p.c.bytes(), "D");
  if (p.beta != 0) require(p.c_data, p.c.bytes(), "C");
  if (p.algorithm.workspace > 0) {
    require(p.workspace, p.algorithm.workspace, "the workspace");
    p.workspace[0] = p.workspace[p.algorithm.workspace - 1] = std::byte{0xAB};
  }
  if (p.a.type == CUDA_R_64F) return multiply<double, double>(p);
  if (p.operation.compute == CUBLAS_COMPUTE_32F_FAST_TF32) return multiply<Tf32, float>(p);
  if (p.a.type == CUDA_R_32F) return multiply<float, float>(p);
  return p.c.type == CUDA_R_32F ? multiply<bfloat16, float>(p) : multiply<bfloat16, bfloat16>(p);
}

bool is_aligned(const void* data, std::uint32_t alignment) {
  return reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
}

}  // namespace
}  // namespace favras::simt

using namespace favras::simt;

extern "C" {

const char* cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
      return "CUBLAS_STATUS_INTERNAL_ERROR";
  }
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) { return create(handle, cublasLtContext{}); }
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) { return destroy<cublasLtContext>(handle); }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* handle, cublasComputeType_t compute,
                                        cudaDataType scale) {
  return create(handle, MatmulDesc{.compute = compute, .scale = scale});
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t handle) { return destroy<MatmulDesc>(handle); }

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t handle,
                                              cublasLtMatmulDescAttributes_t attribute, const void* value,
                                              std::size_t bytes) {
  auto& operation = static_cast<MatmulDesc&>(*handle);
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return set(operation.a, value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return set(operation.b, value, bytes);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* handle, cudaDataType type,
                                          std::uint64_t rows, std::uint64_t columns, std::int64_t leading) {
  return create(handle, Layout{.type = type,
                               .rows = static_cast<std::int64_t>(rows),
                               .columns = static_cast<std::int64_t>(columns),
                               .leading = leading});
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t handle) { return destroy<Layout>(handle); }

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* handle) {
  return create(handle, Preference{});
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t handle) {
  return destroy<Preference>(handle);
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t handle,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value, std::size_t bytes) {
  auto& preference = static_cast<Preference&>(*handle);
  switch (attribute) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return set(preference.workspace, value, bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return set(preference.reduction_schemes, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
      return set(preference.a_alignment, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
      return set(preference.b_alignment, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
      return set(preference.c_alignment, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return set(preference.d_alignment, value, bytes);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t operation_handle,
                                              cublasLtMatrixLayout_t a_handle,
                                              cublasLtMatrixLayout_t b_handle,
                                              cublasLtMatrixLayout_t c_handle,
                                              cublasLtMatrixLayout_t d_handle,
                                              cublasLtMatmulPreference_t preference_handle, int requested,
                                              cublasLtMatmulHeuristicResult_t* results, int* found) {
  const auto& operation = static_cast<const MatmulDesc&>(*operation_handle);
  const auto& preference = static_cast<const Preference&>(*preference_handle);
  const Layout &a = layout_of(a_handle), &b = layout_of(b_handle), &c = layout_of(c_handle);
  if (requested < 1 || !(c == layout_of(d_handle)) || !is_product(operation, a, b, c))
    return CUBLAS_STATUS_INVALID_VALUE;
  *found = 0;
  if (!is_supported(operation, a, b, c)) return CUBLAS_STATUS_NOT_SUPPORTED;
  ++cublaslt_counts().heuristics;
  *found = 1;
  results[0] = {};
  results[0].workspaceSize = preference.workspace;
  const Algorithm algorithm{
      .workspace = preference.workspace,
      .problem = hash_of(operation, {&a, &b, &c}),
      .a_alignment = preference.a_alignment,
      .b_alignment = preference.b_alignment,
      .c_alignment = preference.c_alignment,
      .d_alignment = preference.d_alignment,
      .in_place = (preference.reduction_schemes & CUBLASLT_REDUCTION_SCHEME_INPLACE) != 0};
  std::memcpy(&results[0].algo, &algorithm, sizeof algorithm);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t operation_handle, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_handle, const void* b,
                              cublasLtMatrixLayout_t b_handle, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_handle, void* d, cublasLtMatrixLayout_t d_handle,
                              const cublasLtMatmulAlgo_t* algo, void* workspace, std::size_t workspace_bytes,
                              cudaStream_t stream) {
  const auto scale = [&](const void* value) {
    const auto& operation = static_cast<const MatmulDesc&>(*operation_handle);
    return operation.scale == CUDA_R_64F ? *static_cast<const double*>(value)
                                         : static_cast<double>(*static_cast<const float*>(value));
  };
  Product p{.operation = static_cast<const MatmulDesc&>(*operation_handle),
            .a = layout_of(a_handle),
            .b = layout_of(b_handle),
            .c = layout_of(c_handle),
            .a_data = a,
            .b_data = b,
            .c_data = c,
            .d_data = d,
            .alpha = scale(alpha),
            .beta = scale(beta),
            .workspace = static_cast<std::byte*>(workspace),
            .algorithm = {},
            .number = ++cublaslt_counts().products};
  std::memcpy(&p.algorithm, algo, sizeof p.algorithm);
  if (p.algorithm.problem != hash_of(p.operation, {&p.a, &p.b, &p.c}) || !(p.c == layout_of(d_handle)) ||
      workspace_bytes < p.algorithm.workspace || !is_aligned(a, p.algorithm.a_alignment) ||
      !is_aligned(b, p.algorithm.b_alignment) || !is_aligned(c, p.algorithm.c_alignment) ||
      !is_aligned(d, p.algorithm.d_alignment))
    return CUBLAS_STATUS_INVALID_VALUE;
  enqueue(stream, {[p] { run(p); }});
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
