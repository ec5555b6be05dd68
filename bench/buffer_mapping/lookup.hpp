/// \file
/// What a lookup gives, and what a backend counts over its lookups.
#pragma once

#include <cstdint>

#include "bench/buffer_mapping/buffer_pool.hpp"
#include "bench/support/session.hpp"

namespace lwlock::bench {

/// The outcome of looking a page up: its buffer, pinned.
struct Lookup {
    Buffer buffer;
    bool hit;  ///< the page was there; else a buffer was evicted for it
};

/// Counts of one backend, or the sum of several.
struct LookupCounts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t collisions = 0;  ///< another backend inserted the page first
    std::uint64_t retries = 0;     ///< the victim was pinned before it could be taken

    LookupCounts& operator+=(const LookupCounts& other) {
        hits += other.hits;
        misses += other.misses;
        collisions += other.collisions;
        retries += other.retries;
        return *this;
    }
};

/// A backend's side of a run: what every scenario has, and the lookups.
struct MappingSession {
    Session& base;
    LookupCounts counts;
};

}  // namespace lwlock::bench
