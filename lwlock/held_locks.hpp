/// \file
/// The held-lock table of a backend: which locks it holds or is about to.
///
/// The table lies in the backend's slot, so that anyone who maps the segment
/// can read it, the owner's successor after a crash included. The owner alone
/// writes it. Entries are single 64-bit words; readers see each whole.
#pragma once

#include <cstdint>

#include "atomics/word.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

/// Locks one backend can hold at a time; the same number as PostgreSQL's.
inline constexpr std::uint32_t kMaxHeldLocks = 200;

/// Where a lock lies: its address less the base of the owner's lock space,
/// modulo 2^48. Inside the segment that is an offset which every process can
/// use. Outside, it means something to the owner's process only, and is
/// recognised by being larger than the segment.
using Location = std::uint64_t;
inline constexpr Location kLocationMask = (Location{1} << 48) - 1;

inline Location location_of(const void* lock, std::uintptr_t base) {
    return (reinterpret_cast<std::uintptr_t>(lock) - base) & kLocationMask;
}

/// How far an acquisition or a release has come (I6). For every mark but none,
/// the lock's state word may or may not include this backend; for `held` it does.
enum class Mark : std::uint8_t { none = 0, acquiring = 1, held = 2, releasing = 3 };

/// One entry of the table, packed: location (48 bits), mark (2), mode (1).
struct HeldEntry {
    Location location = 0;
    Mark mark = Mark::none;
    Mode mode = Mode::exclusive;

    static constexpr int kMarkShift = 48;
    static constexpr int kModeShift = 50;

    constexpr std::uint64_t packed() const {
        return location | static_cast<std::uint64_t>(mark) << kMarkShift |
               static_cast<std::uint64_t>(mode) << kModeShift;
    }
    /// Any 64 bits decode to some entry: a damaged table cannot do more than lie.
    static constexpr HeldEntry unpacked(std::uint64_t bits) {
        return {.location = bits & kLocationMask,
                .mark = static_cast<Mark>(bits >> kMarkShift & 3),
                .mode = static_cast<Mode>(bits >> kModeShift & 1)};
    }
    friend constexpr bool operator==(const HeldEntry&, const HeldEntry&) = default;
};

struct HeldTable {
    atomics::Atomic64 entries[kMaxHeldLocks];
};
static_assert(sizeof(HeldTable) == kMaxHeldLocks * 8);

}  // namespace lwlock
