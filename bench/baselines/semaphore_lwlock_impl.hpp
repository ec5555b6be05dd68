/// \file
/// Definitions of SemaphoreWorld and SemaphoreLwlock. Each kind of semaphore
/// has one source file that includes this and instantiates them.
///
/// The read-modify-writes are sequentially consistent, as a server's portable
/// atomics make them; on x86-64 that costs nothing.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "bench/baselines/semaphore_lwlock.hpp"
#include "bench/baselines/wait_list.hpp"

namespace lwlock::bench::baselines {

// ---- The calling backend -----------------------------------------------------

struct HeldLock {
    SemaphoreLock* lock;
    Mode mode;
};

template <SemaphoreKind Semaphores>
struct OwnBackend {
    SemaphoreWorld<Semaphores>* world = nullptr;
    SharedBackend* shared = nullptr;
    std::uint32_t number = 0;
    std::uint32_t held_count = 0;
    /// Interrupts are held off from acquisition to release. The count stands
    /// for that: a server keeps it for every lock it takes.
    volatile std::uint32_t interrupts_held_off = 0;
    HeldLock held[kMaxHeld] = {};
};

template <SemaphoreKind Semaphores>
inline constinit thread_local OwnBackend<Semaphores> own_backend;

[[noreturn, gnu::cold, gnu::noinline]] inline void fail(const char* what) {
    std::fprintf(stderr, "baseline: %s\n", what);
    std::abort();
}

// ---- Steps of the algorithm ----------------------------------------------------

constexpr WaitMode wait_mode_of(Mode mode) {
    return mode == Mode::exclusive ? WaitMode::exclusive : WaitMode::shared;
}

/// What somebody who waits for a variable sees.
enum class VariableLook : std::uint8_t { lock_is_free, changed, unchanged };

/// What the operations are made of.
template <SemaphoreKind Semaphores>
struct Steps {
    using Own = OwnBackend<Semaphores>;
    using List = BackendList<Semaphores>;

    static List waiters(const Own& self, SemaphoreLock& lock) {
        return List(*self.world, lock.head, lock.tail);
    }

    /// One try. \return whether the lock was free for the mode and is now held.
    [[gnu::always_inline]] static bool attempt(SemaphoreLock& lock, Mode mode) {
        const std::uint32_t unit = bits::unit_of(mode);
        const std::uint32_t conflict = mode == Mode::exclusive ? bits::kHeld : bits::kExclusive;
        std::uint32_t seen = lock.state.load_relaxed();
        for (;;) {
            if ((seen & conflict) == 0) [[likely]] {
                if (lock.state.cas_seq_cst(seen, seen + unit)) [[likely]]
                    return true;
            } else {
                // An exchange all the same, which makes the answer current.
                if (lock.state.cas_seq_cst(seen, seen)) return false;
            }
        }
    }

    static void queue_self(Own& self, SemaphoreLock& lock, WaitMode mode) {
        SharedBackend& me = *self.shared;
        if (me.wait_state.load_relaxed() != static_cast<std::uint32_t>(WaitState::none)) {
            fail("queueing while in a wait list already");
        }
        const ListGuard guard(lock);
        lock.state.fetch_or_seq_cst(bits::kHasWaiters);
        me.wait_state.store_relaxed(static_cast<std::uint32_t>(WaitState::waiting));
        me.wait_mode = mode;
        // Who only wants to know when the lock is free is woken without being
        // in anybody's way, so stands first.
        List list = waiters(self, lock);
        if (mode == WaitMode::until_free) {
            list.push_front(self.number + 1);
        } else {
            list.push_back(self.number + 1);
        }
    }

    /// Takes the caller off the list, when the lock became free after all. A
    /// releaser may have done that already, and then its post is awaited.
    static void dequeue_self(Own& self, SemaphoreLock& lock) {
        bool listed;
        {
            const ListGuard guard(lock);
            listed = self.shared->wait_state.load_relaxed() ==
                     static_cast<std::uint32_t>(WaitState::waiting);
            List list = waiters(self, lock);
            if (listed) list.remove(self.number + 1);
            if (list.empty() && (lock.state.load_relaxed() & bits::kHasWaiters) != 0) {
                lock.state.fetch_and_seq_cst(~bits::kHasWaiters);
            }
        }
        if (listed) {
            self.shared->wait_state.store_relaxed(static_cast<std::uint32_t>(WaitState::none));
            return;
        }
        // The releaser that chose this backend cleared the bit for it.
        lock.state.fetch_or_seq_cst(bits::kReleaseOk);
        give_back(self, sleep(self));
    }

    static VariableLook look_at(const SemaphoreLock& lock, const Atomic64& variable,
                                std::uint64_t old_value, std::uint64_t& new_value) {
        if ((lock.state.load_seq_cst() & bits::kExclusive) == 0) return VariableLook::lock_is_free;
        const std::uint64_t value = variable.load_seq_cst();
        if (value == old_value) return VariableLook::unchanged;
        new_value = value;
        return VariableLook::changed;
    }

    /// Sleeps until a releaser has posted. The semaphore serves other waits of
    /// the backend too: \return posts that were taken and belong to those.
    static unsigned sleep(Own& self) {
        for (unsigned others = 0;; ++others) {
            self.world->semaphores().lock(self.number);
            if (self.shared->wait_state.load_acquire() ==
                static_cast<std::uint32_t>(WaitState::none)) {
                return others;
            }
        }
    }
    static void give_back(Own& self, unsigned posts) {
        for (; posts > 0; --posts) self.world->semaphores().unlock(self.number);
    }

    /// The rest of an acquisition whose first attempt failed. \return whether it slept
    [[gnu::noinline]] static bool acquire_queueing(Own& self, SemaphoreLock& lock, Mode mode) {
        bool waited = false;
        unsigned posts = 0;
        do {
            queue_self(self, lock, wait_mode_of(mode));
            // Whoever released before that saw no waiter; from now on one is seen.
            if (attempt(lock, mode)) {
                dequeue_self(self, lock);
                break;
            }
            posts += sleep(self);
            lock.state.fetch_or_seq_cst(bits::kReleaseOk);
            waited = true;
        } while (!attempt(lock, mode));
        remember(self, lock, mode);
        give_back(self, posts);
        return waited;
    }

    /// Wakes who may try next: everybody who asked for shared, or else the
    /// first who asked for exclusive; and who waits until the lock is free, on
    /// the way to those.
    [[gnu::noinline]] static void wake(Own& self, SemaphoreLock& lock) {
        WakeUps<Semaphores> wakeups(*self.world);
        bool release_ok = true;
        lock_list(lock);  // unlocked below, in the step that also sets the other bits
        List list = waiters(self, lock);
        for (std::uint32_t entry = list.first(); entry != 0;) {
            SharedBackend& waiter = list.at(entry);
            const std::uint32_t next = waiter.next;
            const WaitMode mode = waiter.wait_mode;
            if (release_ok || mode != WaitMode::exclusive) {
                wakeups.take(list, entry);
                // Who does not want the lock does not set the bit again.
                if (mode != WaitMode::until_free) release_ok = false;
                if (mode == WaitMode::exclusive) break;
            }
            entry = next;
        }
        std::uint32_t seen = lock.state.load_relaxed();
        std::uint32_t wanted;
        do {
            wanted = seen & ~bits::kListLocked;
            wanted = release_ok ? wanted | bits::kReleaseOk : wanted & ~bits::kReleaseOk;
            if (list.empty()) wanted &= ~bits::kHasWaiters;
        } while (!lock.state.cas_seq_cst(seen, wanted));
        wakeups.post();
    }

    [[gnu::always_inline]] static void remember(Own& self, SemaphoreLock& lock, Mode mode) {
        self.held[self.held_count++] = {&lock, mode};
    }

    /// \return the state word afterwards
    [[gnu::always_inline]] static std::uint32_t leave(SemaphoreLock& lock, std::uint32_t unit) {
        return lock.state.fetch_add_seq_cst(0 - unit) - unit;
    }

    /// Takes the youngest entry of the lock out. \return its mode
    [[gnu::always_inline]] static Mode forget(Own& self, const SemaphoreLock& lock) {
        std::uint32_t index = self.held_count;
        do {
            if (index == 0) fail("releasing a lock that is not held");
        } while (self.held[--index].lock != &lock);
        const Mode mode = self.held[index].mode;
        --self.held_count;
        for (; index < self.held_count; ++index) self.held[index] = self.held[index + 1];
        return mode;
    }

    static Own& self_with_room() {
        Own& self = own_backend<Semaphores>;
        if (self.held_count >= kMaxHeld) [[unlikely]]
            fail("too many locks held");
        return self;
    }
};

// ---- Operations ----------------------------------------------------------------

template <SemaphoreKind S>
void SemaphoreWorld<S>::attach(unsigned number) {
    if (number >= count_) fail("attaching with a number that the world has no room for");
    OwnBackend<S>& self = own_backend<S>;
    self.world = this;
    self.shared = &backends_[number];
    self.number = number;
    self.held_count = 0;
}

template <SemaphoreKind S>
void SemaphoreWorld<S>::detach() {
    OwnBackend<S>& self = own_backend<S>;
    if (self.held_count != 0) fail("detaching while locks are held");
    self.world = nullptr;
    self.shared = nullptr;
}

template <SemaphoreKind S>
void SemaphoreLwlock<S>::init(SemaphoreLock& lock, std::uint16_t tranche) {
    lock.tranche = tranche;
    lock.state.store_relaxed(bits::kReleaseOk);
    lock.head = lock.tail = 0;
}

template <SemaphoreKind S>
bool SemaphoreLwlock<S>::acquire(SemaphoreLock& lock, Mode mode) {
    using Step = Steps<S>;
    OwnBackend<S>& self = Step::self_with_room();
    self.interrupts_held_off = self.interrupts_held_off + 1;
    if (!Step::attempt(lock, mode)) [[unlikely]]
        return Step::acquire_queueing(self, lock, mode);
    Step::remember(self, lock, mode);
    return false;
}

template <SemaphoreKind S>
bool SemaphoreLwlock<S>::try_acquire(SemaphoreLock& lock, Mode mode) {
    using Step = Steps<S>;
    OwnBackend<S>& self = Step::self_with_room();
    if (!Step::attempt(lock, mode)) return false;
    self.interrupts_held_off = self.interrupts_held_off + 1;
    Step::remember(self, lock, mode);
    return true;
}

template <SemaphoreKind S>
bool SemaphoreLwlock<S>::acquire_or_wait(SemaphoreLock& lock, Mode mode) {
    using Step = Steps<S>;
    OwnBackend<S>& self = Step::self_with_room();
    bool taken = Step::attempt(lock, mode);
    if (!taken) {
        Step::queue_self(self, lock, WaitMode::until_free);
        taken = Step::attempt(lock, mode);
        if (taken) {
            Step::dequeue_self(self, lock);
        } else {
            Step::give_back(self, Step::sleep(self));
        }
    }
    if (taken) {
        self.interrupts_held_off = self.interrupts_held_off + 1;
        Step::remember(self, lock, mode);
    }
    return taken;
}

template <SemaphoreKind S>
void SemaphoreLwlock<S>::release(SemaphoreLock& lock) {
    using Step = Steps<S>;
    OwnBackend<S>& self = own_backend<S>;
    // Two branches rather than a computed operand, which would have to wait for the mode.
    const std::uint32_t left = Step::forget(self, lock) == Mode::exclusive
                                   ? Step::leave(lock, bits::kExclusive)
                                   : Step::leave(lock, bits::kShared);
    constexpr std::uint32_t kMayWake = bits::kHasWaiters | bits::kReleaseOk;
    if ((left & kMayWake) == kMayWake && (left & bits::kHeld) == 0) [[unlikely]] {
        Step::wake(self, lock);
    }
    self.interrupts_held_off = self.interrupts_held_off - 1;
}

template <SemaphoreKind S>
bool SemaphoreLwlock<S>::wait_for_var(SemaphoreLock& lock, const Atomic64& variable,
                                      std::uint64_t old_value, std::uint64_t& new_value) {
    using Step = Steps<S>;
    OwnBackend<S>& self = own_backend<S>;
    unsigned posts = 0;
    VariableLook look;
    for (;;) {
        look = Step::look_at(lock, variable, old_value, new_value);
        if (look != VariableLook::unchanged) break;
        Step::queue_self(self, lock, WaitMode::until_free);
        // The holder's release must wake even when it woke others just now.
        lock.state.fetch_or_seq_cst(bits::kReleaseOk);
        look = Step::look_at(lock, variable, old_value, new_value);
        if (look != VariableLook::unchanged) {
            Step::dequeue_self(self, lock);
            break;
        }
        posts += Step::sleep(self);
    }
    Step::give_back(self, posts);
    return look == VariableLook::lock_is_free;
}

template <SemaphoreKind S>
void SemaphoreLwlock<S>::update_var(SemaphoreLock& lock, Atomic64& variable, std::uint64_t value) {
    OwnBackend<S>& self = own_backend<S>;
    WakeUps<S> wakeups(*self.world);
    variable.exchange_seq_cst(value);
    {
        const ListGuard guard(lock);
        BackendList<S> list = Steps<S>::waiters(self, lock);
        while (!list.empty() && list.at(list.first()).wait_mode == WaitMode::until_free) {
            wakeups.take(list, list.first());
        }
    }
    wakeups.post();
}

template <SemaphoreKind S>
void SemaphoreLwlock<S>::release_clear_var(SemaphoreLock& lock, Atomic64& variable,
                                           std::uint64_t value) {
    variable.exchange_seq_cst(value);
    release(lock);
}

template <SemaphoreKind S>
bool SemaphoreLwlock<S>::held_by_me(const SemaphoreLock& lock) {
    const OwnBackend<S>& self = own_backend<S>;
    for (std::uint32_t index = 0; index < self.held_count; ++index) {
        if (self.held[index].lock == &lock) return true;
    }
    return false;
}

}  // namespace lwlock::bench::baselines
