/// \file
/// Hashes of what has happened, for recognising states that were seen before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lwlock::tests::schedule {

using Hash = std::uint64_t;

/// Order-dependent combination of a hash with one more value.
constexpr Hash mix(Hash hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
    hash *= 0xbf58476d1ce4e5b9;
    return hash ^ hash >> 32;
}

/// A hash of memory whose size is a multiple of 8; of a stack with all its red zones.
__attribute__((no_sanitize("address"))) inline Hash mix_words(Hash hash, const void* begin,
                                                              std::size_t bytes) {
    const auto* at = static_cast<const unsigned char*>(begin);
    for (; bytes >= 8; bytes -= 8, at += 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    }
    return hash;
}

}  // namespace lwlock::tests::schedule
