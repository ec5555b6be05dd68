/// \file
/// How large a buffer mapping is.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace lwlock::bench {

struct MappingShape {
    std::uint32_t pool;        ///< buffers
    std::uint32_t partitions;  ///< a power of two

    std::uint32_t buckets() const { return std::bit_ceil(std::max(pool, partitions)); }
};

}  // namespace lwlock::bench
