/// \file
/// Quantiles of values that are all kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lwlock::bench {

/// The value below which the given fraction lies; `sorted` is not empty.
inline double quantile(const std::vector<std::uint64_t>& sorted, double fraction) {
    const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(sorted.size()));
    return static_cast<double>(sorted[std::min(rank, sorted.size() - 1)]);
}

}  // namespace lwlock::bench
