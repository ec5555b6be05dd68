/// \file
/// The name of a page, as PostgreSQL's buffer-mapping table knows it.
#pragma once

#include <cstdint>

namespace lwlock::bench {

struct BufferTag {
    std::uint32_t space = 0;
    std::uint32_t database = 0;
    std::uint32_t relation = 0;
    std::uint32_t fork = 0;
    std::uint32_t block = 0;
    friend bool operator==(const BufferTag&, const BufferTag&) = default;
};
static_assert(sizeof(BufferTag) == 20);

/// The low bits choose the partition and the bucket, so all bits are mixed.
inline std::uint32_t hash_of(const BufferTag& tag) {
    constexpr auto mixed = [](std::uint64_t bits) {
        bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
        return bits ^ bits >> 31;
    };
    const std::uint64_t where = std::uint64_t{tag.space} << 32 | tag.database;
    const std::uint64_t which = std::uint64_t{tag.relation} << 32 | tag.block;
    return static_cast<std::uint32_t>(mixed(which ^ mixed(where + tag.fork)));
}

}  // namespace lwlock::bench
