/// \file
/// The baseline: the lightweight lock that PostgreSQL uses since version 9.5,
/// as an algorithm, written anew.
///
/// One packed word holds who has the lock and whether anybody queues. Waiters
/// queue in a list of backend numbers, guarded by a spinlock bit in the same
/// word, and sleep each on a semaphore of their own. A releaser takes those off
/// the list that may try next, and posts their semaphores one after another.
/// Nobody is handed the lock: who is woken competes for it again.
///
/// Shared memory holds backend numbers and no pointers, so processes may map it
/// at different addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "atomics/word.hpp"
#include "bench/baselines/semaphore_kind.hpp"
#include "lwlock/status.hpp"

namespace lwlock::bench::baselines {

using atomics::Atomic32;
using atomics::Atomic64;

/// Locks that one backend can hold at a time.
inline constexpr unsigned kMaxHeld = 200;

/// The lock as it lies in memory. Must be initialised: all zero is not a lock.
struct SemaphoreLock {
    std::uint16_t tranche = 0;
    std::uint16_t unused = 0;
    Atomic32 state;          ///< bits in wait_list.hpp
    std::uint32_t head = 0;  ///< first waiter's number + 1; only under the spinlock bit
    std::uint32_t tail = 0;  ///< last waiter's number + 1
};
static_assert(sizeof(SemaphoreLock) == 16 && alignof(SemaphoreLock) == 4);
static_assert(std::is_standard_layout_v<SemaphoreLock>);

/// Why a backend stands in a wait list.
enum class WaitMode : std::uint8_t { exclusive, shared, until_free };

/// How far a backend's wait is. A releaser moves it from waiting to pending
/// when it takes the backend off the list, and to none when it posts.
enum class WaitState : std::uint32_t { none = 0, waiting = 1, pending_wakeup = 2 };

/// What others see of a backend.
struct alignas(128) SharedBackend {
    Atomic32 wait_state;     ///< a WaitState
    WaitMode wait_mode;      ///< these three only under the lock's spinlock bit
    std::uint32_t next = 0;  ///< number + 1
    std::uint32_t previous = 0;
};

/// The backends of one set of locks. Process-local; made before forking.
template <SemaphoreKind Semaphores>
class SemaphoreWorld {
  public:
    static std::size_t required_bytes(unsigned backends) {
        return backends * sizeof(SharedBackend) + Semaphores::required_bytes(backends);
    }
    /// `memory` is zeroed, shared, aligned to 128 bytes, and stays the caller's.
    SemaphoreWorld(void* memory, unsigned backends)
        : backends_(static_cast<SharedBackend*>(memory)),
          count_(backends),
          semaphores_(static_cast<std::byte*>(memory) + backends * sizeof(SharedBackend),
                      backends) {}

    /// Ends the semaphores; nobody may be attached.
    void destroy() { semaphores_.destroy(); }

    /// Makes the calling thread the backend of this number, which nobody else
    /// may be at the time. The world must not move while anyone is attached.
    void attach(unsigned number);
    /// The calling thread must hold no lock.
    void detach();

    SharedBackend& backend(std::uint32_t number) const { return backends_[number]; }
    Semaphores& semaphores() { return semaphores_; }

  private:
    SharedBackend* backends_;
    unsigned count_;
    Semaphores semaphores_;
};

/// The operations, for the calling thread as an attached backend. Misuse prints
/// a line and aborts. Every function is out of line, as in a server, where the
/// lock manager is a translation unit of its own.
template <SemaphoreKind Semaphores>
struct SemaphoreLwlock {
    /// Nobody may be using the lock.
    static void init(SemaphoreLock& lock, std::uint16_t tranche);

    /// \return whether it had to wait
    static bool acquire(SemaphoreLock& lock, Mode mode);
    static bool try_acquire(SemaphoreLock& lock, Mode mode);
    /// Takes the lock if it is free; else waits until it gets free and returns
    /// false without it.
    static bool acquire_or_wait(SemaphoreLock& lock, Mode mode);
    static void release(SemaphoreLock& lock);

    /// Waits until the lock is not held exclusively (true), or the variable
    /// differs from `old_value` (false, and its value in `new_value`).
    static bool wait_for_var(SemaphoreLock& lock, const Atomic64& variable, std::uint64_t old_value,
                             std::uint64_t& new_value);
    /// Stores a value and wakes who waits for the variable; the caller holds
    /// the lock exclusively.
    static void update_var(SemaphoreLock& lock, Atomic64& variable, std::uint64_t value);
    static void release_clear_var(SemaphoreLock& lock, Atomic64& variable, std::uint64_t value);

    static bool held_by_me(const SemaphoreLock& lock);
};

}  // namespace lwlock::bench::baselines
