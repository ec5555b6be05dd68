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

/// Where a lock lies: its distance in bytes from the base of the owner's lock
/// space. Inside the segment that is an offset which every process can use.
/// Outside, it means something to the owner's process only, and is recognised
/// by being negative or beyond the segment's size.
using Location = std::int64_t;

/// Where no lock lies: locks are 4-byte aligned.
inline constexpr Location kNowhere = 1;

inline Location location_of(const void* lock, std::uintptr_t base) {
    return static_cast<Location>(reinterpret_cast<std::uintptr_t>(lock) - base);
}

/// The inverse of location_of() in the process that made the location.
inline void* address_of(Location location, std::uintptr_t base) {
    return reinterpret_cast<void*>(base + static_cast<std::uintptr_t>(location));
}

/// How far an acquisition or a release has come (I6). For acquiring and releasing,
/// the lock's state word may or may not include this backend; for held it does;
/// for biased it does not, and the backend holds the lock, shared, if the word
/// was biased when the entry was written (bias.hpp).
enum class Mark : std::uint8_t { none = 0, acquiring = 1, held = 2, releasing = 3, biased = 4 };

/// One entry of the table. Locks are 4-byte aligned, so that twice the location
/// leaves three bits: the mode in bit 2, the mark in bits 0 and 1. Mark none
/// with mode shared is no entry of its own, and stands for biased.
struct HeldEntry {
    Location location = 0;
    Mark mark = Mark::none;
    Mode mode = Mode::exclusive;

    static constexpr std::uint64_t kSharedBit = 4;

    constexpr std::uint64_t packed() const {
        return static_cast<std::uint64_t>(location) * 2 + (mode == Mode::shared ? kSharedBit : 0) +
               (static_cast<std::uint64_t>(mark) & 3);
    }
    /// Any 64 bits decode to some entry: a damaged table cannot do more than lie.
    static constexpr HeldEntry unpacked(std::uint64_t bits) {
        return {.location = static_cast<Location>(bits & ~std::uint64_t{7}) >> 1,
                .mark = (bits & 7) == kSharedBit ? Mark::biased : static_cast<Mark>(bits & 3),
                .mode = (bits & kSharedBit) != 0 ? Mode::shared : Mode::exclusive};
    }
    /// Neither on its way in nor on its way out.
    constexpr bool is_held() const { return mark == Mark::held || mark == Mark::biased; }
    friend constexpr bool operator==(const HeldEntry&, const HeldEntry&) = default;
};

struct HeldTable {
    atomics::Atomic64 entries[kMaxHeldLocks];
};
static_assert(sizeof(HeldTable) == kMaxHeldLocks * 8);

}  // namespace lwlock
