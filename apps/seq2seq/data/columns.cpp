#include "apps/seq2seq/data/columns.h"

#include <algorithm>

#include <fmt/format.h>

namespace favras::seq2seq {

std::pair<std::string_view, std::string_view> two_columns(std::string_view line, std::string_view names) {
  const std::size_t tab = line.find('\t');
  if (tab == line.npos || line.find('\t', tab + 1) != line.npos)
    throw BadLine(fmt::format("needs two columns, {}, but has {}: mend or remove the line", names,
                              std::count(line.begin(), line.end(), '\t') + 1));
  return {line.substr(0, tab), line.substr(tab + 1)};
}

}  // namespace favras::seq2seq
