/// \file
/// A backend slot: the part of a backend that everybody can see.
#pragma once

#include <cstdint>
#include <type_traits>

#include "atomics/word.hpp"
#include "lwlock/held_locks.hpp"

namespace lwlock {

/// What a backend waits for, as written in its slot.
enum class WaitKind : std::uint32_t { none = 0, exclusive, shared, until_free, variable };

/// Lives in the lock space, one for each backend. Written by its owner alone,
/// `cancel` excepted; read by anyone.
struct alignas(64) Slot {
    atomics::Atomic32 process;           ///< process id of the owner, 0 while the slot is free
    atomics::Atomic32 thread;            ///< thread id of the owner
    atomics::Atomic32 cancel;            ///< 1: a cancellable wait is to give up
    atomics::Atomic32 wait_kind;         ///< a WaitKind
    atomics::Atomic64 wait_location;     ///< the lock waited for; valid while wait_kind is not none
    atomics::Atomic64 wait_since;        ///< CLOCK_MONOTONIC nanoseconds
    atomics::Atomic64 waits;             ///< slow-path acquisitions that slept, since attach
    atomics::Atomic64 wait_nanoseconds;  ///< time spent in them, since attach
    atomics::Atomic32 watermark;         ///< entries of `held` from here on were never used
    atomics::Atomic32 drain_seq;         ///< who drains a lock of its readers sleeps on this
    std::uint64_t reserved;
    HeldTable held;

    /// Whether the table has this entry (HeldEntry::packed()). Searched from the
    /// top down: entries move down only (remove_entry()), so that one which stays
    /// in the table is met. Acquire: what a reader read comes before its entry
    /// went. Sequentially consistent where readers fence by themselves (D).
    bool names(std::uint64_t entry) const {
        std::uint32_t index = watermark.load_seq_cst();
        if (index > kMaxHeldLocks) index = kMaxHeldLocks;  // damaged
        while (index-- > 0) {
            if (held.entries[index].load_seq_cst() == entry) return true;
        }
        return false;
    }
};
static_assert(sizeof(Slot) == 1664 && alignof(Slot) == 64);
static_assert(std::is_standard_layout_v<Slot> && std::is_trivially_copyable_v<Slot>);

}  // namespace lwlock
