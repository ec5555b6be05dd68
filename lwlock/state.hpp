/// \file
/// The state word: its bits, and every transition as a pure function.
///
/// docs/state-word.md has the table of bits, the diagram and the numbered
/// invariants (I1 to I6) that comments and tests cite.
#pragma once

#include <cstdint>

#include "lwlock/status.hpp"

namespace lwlock::state {

using Word = std::uint32_t;

/// Largest number of backends that a lock space can have.
inline constexpr std::uint32_t kMaxBackends = (1u << 18) - 1;

// bits 0 to 19: shared count. Exact when nobody is inside an acquire or a
// release (I1). A shared acquirer adds before it knows whether it may, so the
// count can run ahead by one for each backend that is about to back out. While
// the lock is held exclusively, the holder's number + 1 is added to the count,
// which tells who it is; 0 then means that the holding was disowned.
inline constexpr Word kSharedOne = 1;
inline constexpr Word kSharedMask = (1u << 20) - 1;
// Top bit of the count. Acquirers refuse the lock from here on, long before the
// count could carry into EXCLUSIVE: between the two lie more backends than exist.
inline constexpr Word kSharedGuard = 1u << 19;

// Set by the acquiring step of an exclusive holder, cleared by its release.
inline constexpr Word kExclusive = 1u << 20;

// Waiter bits, one a wait class. Set, by the step that saw the lock busy,
// before the waiter sleeps (I2); cleared by a releaser that is about to wake
// the class. Legal staleness: set although nobody sleeps.
inline constexpr int kWaitShift = 21;
inline constexpr Word kWaitShared = 1u << 21;
inline constexpr Word kWaitExclusive = 1u << 22;
inline constexpr Word kWaitUntilFree = 1u << 23;
inline constexpr Word kWaitVariable = 1u << 24;
inline constexpr Word kWaitHungry = 1u << 25;
inline constexpr Word kWaitMask =
    kWaitShared | kWaitExclusive | kWaitUntilFree | kWaitVariable | kWaitHungry;

// Set by the one hungry waiter, cleared by it when it acquires or gives up
// (I5). While set, nobody else may take the lock.
inline constexpr Word kHandoff = 1u << 26;

// Set by a release that wakes shared or exclusive waiters, cleared by the first
// of them that looks at the word again. While set, no further ones are woken:
// one that is on its way is enough, and it sees to the others when it arrives
// (I3). Legal staleness: set although the wake found nobody asleep. So whoever
// sleeps while it is set only naps, and clears it when nothing came of it.
inline constexpr Word kWaking = 1u << 27;

// Set by a shared holder. While set, shared acquirers may hold the lock without
// being counted here: their slots tell (bias.hpp).
inline constexpr Word kBiased = 1u << 28;

// Set in the step that clears BIASED, by an exclusive acquirer that now waits
// for the uncounted holders to leave; cleared by it when it acquires or gives
// up. While set, nobody gets the lock exclusively.
inline constexpr Word kDraining = 1u << 29;

// Reserved.
inline constexpr Word kOwnerDied = 1u << 30;
inline constexpr Word kRecovering = 1u << 31;

static_assert(2 * static_cast<std::uint64_t>(kMaxBackends) < kSharedGuard,
              "every backend holding the lock, or the number of the last one, and all of them "
              "backing out at once, stay below the guard bit");
static_assert(kSharedGuard + static_cast<std::uint64_t>(kMaxBackends) < kSharedMask,
              "adds of backends that find the guard bit cannot carry out of the count");
static_assert((kSharedMask ^ kExclusive ^ kWaitMask ^ kHandoff ^ kWaking ^ kBiased ^ kDraining ^
               kOwnerDied ^ kRecovering) == 0xffffffff,
              "the fields cover the word without overlapping");

/// What the exclusive holder with this backend number adds to the word; a
/// shared one adds kSharedOne.
constexpr Word exclusive_unit(std::uint32_t backend) { return kExclusive + backend + 1; }

constexpr Word shared_count(Word s) { return s & kSharedMask; }
constexpr bool is_exclusive(Word s) { return (s & kExclusive) != 0; }
/// As far as the word can tell: a biased lock may have holders that it does not count.
constexpr bool is_free(Word s) { return (s & (kExclusive | kSharedMask | kDraining)) == 0; }
constexpr bool has_waiters(Word s) { return (s & kWaitMask) != 0; }

/// May somebody who is not the hungry waiter take the lock?
constexpr bool is_lockable(Word s, Mode mode) {
    return mode == Mode::shared
               ? (s & (kExclusive | kHandoff | kSharedGuard)) == 0
               : (s & (kExclusive | kHandoff | kSharedMask | kBiased | kDraining)) == 0;
}
/// May an exclusive acquirer who is not the hungry waiter take the bias away, to
/// get at a lock that is free otherwise?
constexpr bool is_drainable(Word s) { return (s & (kBiased | kHandoff)) == kBiased; }
/// May the hungry waiter, for whom HANDOFF keeps everybody else out?
constexpr bool is_lockable_by_hungry(Word s, Mode mode) { return is_lockable(s & ~kHandoff, mode); }

/// The waiter bits whose sleepers could go on if the word were `after`.
constexpr Word wakeable(Word after) {
    if (is_exclusive(after)) return 0;
    Word classes = kWaitVariable;
    if (is_free(after)) classes |= kWaitUntilFree;
    if ((after & kHandoff) != 0) {
        // Nobody but the hungry waiter may take the lock, and it may want it
        // exclusively.
        if (is_free(after)) classes |= kWaitHungry;
    } else if ((after & kWaking) == 0) {
        classes |= kWaitShared;
        if (is_free(after)) classes |= kWaitExclusive;
    }
    return after & classes;
}

}  // namespace lwlock::state
