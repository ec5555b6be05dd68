/// \file
/// A backend: a thread of execution that takes locks. It owns one slot of a
/// lock space, and knows through it what it holds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atomics/futex.hpp"
#include "lwlock/held_locks.hpp"
#include "lwlock/segment.hpp"
#include "lwlock/slot.hpp"
#include "lwlock/state.hpp"
#include "lwlock/status.hpp"

// The library may be loaded late, but its thread-local data is small enough
// for the room that the C library keeps for that; the fast path then needs no
// call to find it.
#define LWLOCK_THREAD_LOCAL thread_local __attribute__((tls_model("initial-exec")))

namespace lwlock {

class Lock;

/// Number of a backend slot, from 0.
using BackendNumber = std::uint32_t;
inline constexpr BackendNumber kNoBackend = UINT32_MAX;

namespace detail {

/// Shared acquisitions by count between two looks whether read bias would pay. Prime,
/// as is the next, so that a program's own rhythm does not choose the locks.
inline constexpr std::uint32_t kReadsBetweenLooks = 127;
/// Exclusive acquisitions between two that are weighed against it.
inline constexpr std::uint32_t kWritesBetweenLooks = 17;
/// What a backend takes a revocation of bias to cost before its own first one.
inline constexpr std::int64_t kUsualRevocation = 8'000;      // nanoseconds
inline constexpr std::uint32_t kReadsBetweenEagerLooks = 4;  ///< and with Bias::always
/// Entries of the held-lock table that a scan of the slots looks at, at first.
inline constexpr std::uint32_t kFirstWatermark = 8;

/// The calling thread as a backend: process-local, so never damaged by others.
struct Backend {
    // What the fast paths need, each in one load that waits for no other.
    Atomic64* next = nullptr;          ///< first unused entry of the held-lock table
    Atomic64* limit = nullptr;         ///< where the inline path stops using entries
    std::uintptr_t base = 0;           ///< base address of the space, for location_of()
    std::uint64_t youngest = 0;        ///< what next[-1] says; 0: look there
    std::uint32_t exclusive_unit = 0;  ///< state::exclusive_unit(number)
    std::uint32_t shared_guess = state::kSharedOne;  ///< the word after the last shared acquisition
    std::uint32_t reads_until_look = kReadsBetweenEagerLooks;  ///< the first look comes early
    std::uint32_t writes_until_look = kWritesBetweenLooks;
    bool full_fences = true;              ///< a biased acquisition has to fence by itself
    bool guessed_wrong = false;           ///< a release since the last look found the word changed
    std::uint8_t biased_locks[256] = {};  ///< where locks were seen biased: see believes_biased()
    BackendNumber number = kNoBackend;
    Atomic64* first = nullptr;   ///< the table's first entry
    Slot* slot = nullptr;        ///< null while the thread is not attached
    std::uint32_t cpus = 1;      ///< that the thread could use when it attached
    std::uint32_t requests = 0;  ///< pending ones: see AsyncQueue
    std::int64_t revocation_cost = kUsualRevocation;  ///< of read bias, nanoseconds: a moving mean
    Location handed_over = kNowhere;                  ///< the lock that a hand-off brought last
    SegmentView space;

    Atomic64& entry(std::uint32_t index) const { return first[index]; }
    /// Entries in use.
    std::uint32_t held() const { return static_cast<std::uint32_t>(next - first); }
    /// Lets the inline path use more entries, and scans of the slots look at them.
    /// \return false when the table is full
    bool raise_watermark() {
        const auto now = static_cast<std::uint32_t>(limit - first);
        if (now >= kMaxHeldLocks) return false;
        const std::uint32_t more = 2 * now < kMaxHeldLocks ? 2 * now : kMaxHeldLocks;
        slot->watermark.store_seq_cst(more);  // D: before an entry above it is written
        limit = first + more;
        return true;
    }
    void set_held(std::uint32_t count) {
        next = first + count;
        youngest = 0;
    }
    /// \name Which locks this backend takes for biased
    /// So that the word of other locks need not be loaded before it is changed.
    /// A guess by a hash of the location: wrong ones cost time, nothing else.
    /// \{
    static std::uint32_t hash(Location location) {
        return static_cast<std::uint32_t>(location >> 2) * 0x9e3779b1u;
    }
    static std::uint8_t tag(std::uint32_t hash) {
        return static_cast<std::uint8_t>(hash >> 16 | 1);
    }
    bool believes_biased(Location location) const {
        const std::uint32_t h = hash(location);
        return biased_locks[h >> 24] == tag(h);
    }
    void believe_biased(const void* lock) {
        const std::uint32_t h = hash(location_of(lock, base));
        biased_locks[h >> 24] = tag(h);
    }
    void forget_biased(const void* lock) { biased_locks[hash(location_of(lock, base)) >> 24] = 0; }
    /// \}

    /// What this backend adds to a state word that it holds in `mode`.
    state::Word unit_of(Mode mode) const {
        return mode == Mode::shared ? state::kSharedOne : exclusive_unit;
    }
};

extern constinit LWLOCK_THREAD_LOCAL Backend this_backend;

/// Index of the youngest entry of `lock` that is held, or kMaxHeldLocks.
std::uint32_t find_held(const Backend& self, const void* lock);
std::uint32_t find_held_in_mode(const Backend& self, const void* lock, Mode mode);
/// Takes an entry out, keeping the order of the others. While it moves them,
/// an entry may stand twice, never not at all (I6).
void remove_entry(Backend& self, std::uint32_t index);

/// Makes an unattached thread a backend of the process-private space, unless
/// the process has joined a shared one.
Status attach_implicitly();

/// Claims a slot of `space` for the calling thread.
Status attach_backend(const SegmentView& space);
Status detach_backend();

/// From now on threads of this process must attach explicitly.
void forbid_implicit_attach();

}  // namespace detail

/// \name The calling backend
/// \{

/// Number of the calling backend, or kNoBackend when it is not attached.
BackendNumber my_backend();

/// Gives the slot back. \return holds_locks while locks are held or requests of an
/// AsyncQueue are pending, not_attached.
Status detach();

/// Locks that the calling backend holds.
std::size_t held_count();

/// Releases every lock that the calling backend holds, youngest first. Meant
/// for error recovery. Never fails; does nothing when not attached.
void release_all();

/// Whether the backend holds any of `count` locks that lie `stride` bytes
/// apart, beginning at `first`.
bool any_held_by_me(const Lock* first, std::size_t count, std::size_t stride);

/// Calls `visit(lock, mode, context)` for every lock held, oldest first. The
/// callback may not acquire or release.
void for_each_held_by_me(void (*visit)(Lock& lock, Mode mode, void* context), void* context);

/// \}
}  // namespace lwlock
