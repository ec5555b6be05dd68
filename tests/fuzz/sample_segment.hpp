/// \file
/// A lock space in use, as a memory file: what the damage is done to.
#pragma once

#include <cstddef>

#include "lwlock/segment.hpp"

namespace lwlock::tests::fuzz {

inline constexpr const char* kSampleNames[] = {"buffers", "mapping", "numbered"};
inline constexpr std::uint32_t kSampleLocks = 8;      ///< in the lock area, 6 of them named
inline constexpr std::uint32_t kSampleUserLocks = 4;  ///< at the begin of the user memory

struct SampleSegment {
    int descriptor;
    detail::Layout layout;
    std::uint32_t busy_slot;  ///< of a backend that holds locks
};

/// Made at the first call: tranches defined, locks held in either mode and
/// disowned, waiter bits set, by a backend that never goes away.
const SampleSegment& sample_segment();

}  // namespace lwlock::tests::fuzz
