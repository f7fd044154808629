#include "kernels/common/cuda_check.h"
#include "kernels/graph/graph.h"

namespace favras::kernels::cuda {

Graph::~Graph() {
  if (instance_) cudaGraphExecDestroy(instance_);
}

void Graph::launch(Context& context) const { FAVRAS_CUDA_CHECK(cudaGraphLaunch(instance_, context.stream)); }

void begin_capture(Context& context) {
  FAVRAS_CUDA_CHECK(cudaStreamBeginCapture(context.stream, cudaStreamCaptureModeThreadLocal));
}

std::unique_ptr<Graph> end_capture(Context& context) {
  cudaGraph_t graph = nullptr;
  FAVRAS_CUDA_CHECK(cudaStreamEndCapture(context.stream, &graph));
  cudaGraphExec_t instance = nullptr;
  cudaError_t error = cudaGraphInstantiate(&instance, graph, 0);
  cudaGraphDestroy(graph);
  auto recorded = std::make_unique<Graph>(instance);
  if (error == cudaSuccess)
    error = cudaGraphUpload(instance, context.stream);  // or else it is at the first launch
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  FAVRAS_CUDA_CHECK(error);
  return recorded;
}

void abandon_capture(Context& context) noexcept {
  cudaGraph_t graph = nullptr;
  cudaStreamEndCapture(context.stream, &graph);
  if (graph) cudaGraphDestroy(graph);
  cudaGetLastError();
}

}  // namespace favras::kernels::cuda
