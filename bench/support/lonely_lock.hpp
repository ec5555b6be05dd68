/// \file
/// A lock by itself.
#pragma once

#include "bench/implementations/implementation.hpp"

namespace lwlock::bench {

/// A lock where no other data shares its cache line.
template <Implementation I>
struct alignas(128) LonelyLock {
    typename I::Lock lock;
};

}  // namespace lwlock::bench
