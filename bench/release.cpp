#include "bench/release.h"

#include <oneapi/dnnl/dnnl.h>

#include <fmt/format.h>

#include "engine/device.h"

namespace favras::bench {

std::vector<std::pair<std::string, std::string>> versions() {
  const dnnl_version_t* onednn = dnnl_version();
  std::vector<std::pair<std::string, std::string>> all{
      {"compiler", "GCC " __VERSION__},
      {"oneDNN", fmt::format("{}.{}.{}", onednn->major, onednn->minor, onednn->patch)}};
  return all;
}

}  // namespace favras::bench
