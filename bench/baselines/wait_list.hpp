/// \file
/// The baseline's state word, and its wait list of backend numbers.
#pragma once

#include <cstdint>

#include "bench/baselines/semaphore_lwlock.hpp"
#include "bench/baselines/spin_delay.hpp"

namespace lwlock::bench::baselines {

// ---- The state word ----------------------------------------------------------

namespace bits {
inline constexpr std::uint32_t kShared = 1;  ///< one shared holder; the count is below it
inline constexpr std::uint32_t kExclusive = 1u << 24;
inline constexpr std::uint32_t kHeld = kExclusive | (kExclusive - 1);

/// The wait list is not empty. Changes only under kListLocked.
inline constexpr std::uint32_t kHasWaiters = 1u << 30;
/// A releaser may wake somebody. Cleared when waiters were woken, set by those
/// when they run, so that releases in between do not wake still more.
inline constexpr std::uint32_t kReleaseOk = 1u << 29;
/// Spinlock of the wait list.
inline constexpr std::uint32_t kListLocked = 1u << 28;

constexpr std::uint32_t unit_of(Mode mode) {
    return mode == Mode::exclusive ? kExclusive : kShared;
}
}  // namespace bits

// ---- The wait list -----------------------------------------------------------

/// Takes the spinlock of a lock's wait list.
inline void lock_list(SemaphoreLock& lock) {
    while ((lock.state.fetch_or_seq_cst(bits::kListLocked) & bits::kListLocked) != 0) {
        SpinDelay delay;
        while ((lock.state.load_relaxed() & bits::kListLocked) != 0) delay.pause();
    }
}
inline void unlock_list(SemaphoreLock& lock) { lock.state.fetch_and_seq_cst(~bits::kListLocked); }

/// Holds the spinlock for a scope.
class ListGuard {
  public:
    explicit ListGuard(SemaphoreLock& lock) : lock_(lock) { lock_list(lock); }
    ListGuard(const ListGuard&) = delete;
    ListGuard& operator=(const ListGuard&) = delete;
    ~ListGuard() { unlock_list(lock_); }

  private:
    SemaphoreLock& lock_;
};

/// A list of backends, linked through their numbers.
template <SemaphoreKind Semaphores>
class BackendList {
  public:
    BackendList(const SemaphoreWorld<Semaphores>& world, std::uint32_t& head, std::uint32_t& tail)
        : world_(world), head_(head), tail_(tail) {}

    bool empty() const { return head_ == 0; }
    /// Number + 1 of the first, 0 when there is none.
    std::uint32_t first() const { return head_; }
    SharedBackend& at(std::uint32_t entry) const { return world_.backend(entry - 1); }

    void push_front(std::uint32_t entry) {
        at(entry).previous = 0;
        at(entry).next = head_;
        (head_ == 0 ? tail_ : at(head_).previous) = entry;
        head_ = entry;
    }
    void push_back(std::uint32_t entry) {
        at(entry).next = 0;
        at(entry).previous = tail_;
        (tail_ == 0 ? head_ : at(tail_).next) = entry;
        tail_ = entry;
    }
    void remove(std::uint32_t entry) {
        SharedBackend& gone = at(entry);
        (gone.previous == 0 ? head_ : at(gone.previous).next) = gone.next;
        (gone.next == 0 ? tail_ : at(gone.next).previous) = gone.previous;
        gone.next = gone.previous = 0;
    }

  private:
    const SemaphoreWorld<Semaphores>& world_;
    std::uint32_t& head_;
    std::uint32_t& tail_;
};

/// Backends taken off a wait list, to be posted once its guard is open.
template <SemaphoreKind Semaphores>
class WakeUps {
  public:
    explicit WakeUps(SemaphoreWorld<Semaphores>& world)
        : world_(world), list_(world, head_, tail_) {}

    bool empty() const { return list_.empty(); }
    void take(BackendList<Semaphores>& from, std::uint32_t entry) {
        from.remove(entry);
        list_.push_back(entry);
        list_.at(entry).wait_state.store_relaxed(
            static_cast<std::uint32_t>(WaitState::pending_wakeup));
    }
    void post() {
        while (!list_.empty()) {
            const std::uint32_t entry = list_.first();
            list_.remove(entry);
            // Release: once its owner sees that it waits no longer it may queue
            // again, and must not find the links of this list.
            list_.at(entry).wait_state.store_release(static_cast<std::uint32_t>(WaitState::none));
            world_.semaphores().unlock(entry - 1);
        }
    }

  private:
    SemaphoreWorld<Semaphores>& world_;
    std::uint32_t head_ = 0;
    std::uint32_t tail_ = 0;
    BackendList<Semaphores> list_;
};

}  // namespace lwlock::bench::baselines
