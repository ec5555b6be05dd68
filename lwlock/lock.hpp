/// \file
/// The lock: 16 bytes, shared or exclusive, in private or shared memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>

#include "atomics/deadline.hpp"
#include "atomics/word.hpp"
#include "lwlock/backend.hpp"
#include "lwlock/held_locks.hpp"
#include "lwlock/misuse.hpp"
#include "lwlock/state.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

using atomics::Deadline;

/// A 64-bit value beside a lock that waiters can watch; see wait_for_var().
/// Zero-valid, fit for shared memory.
struct Variable {
    atomics::Atomic64 word;
};
static_assert(sizeof(Variable) == 8 && alignof(Variable) == 8);

namespace detail {

/// The words of a lock, as they lie in memory.
struct LockWords {
    std::uint16_t tranche;
    atomics::Atomic16 waiters;   ///< who waits to take the lock; see Acquisition::enter_queue()
    atomics::Atomic32 state;     ///< see state.hpp
    atomics::Atomic32 wait_seq;  ///< what waiters sleep on
    atomics::Atomic32 aux;       ///< 1 while an exclusive holding is disowned; else BiasHistory
};
static_assert(sizeof(LockWords) == 16 && alignof(LockWords) == 4);
static_assert(std::is_standard_layout_v<LockWords> && std::is_trivially_copyable_v<LockWords>);

/// How far the inline part of an acquisition came before the cold part.
enum class Progress : std::uint8_t {
    nothing,    ///< not even an entry in the held-lock table
    announced,  ///< the next entry of the table says acquiring
    counted,    ///< and the shared count already includes this backend
};

/// What ends a wait besides the lock.
struct Patience {
    Deadline deadline = Deadline::never();
    bool cancellable = false;
    /// Set by who runs the acquisition on a stack of its own (async_core.hpp) and
    /// wants it to end.
    const bool* abandoned = nullptr;
};

/// Carry an acquisition on from where the inline part stopped.
Status acquire_cold(LockWords& lock, Mode mode, Patience patience, Progress progress);
Status try_acquire_cold(LockWords& lock, Mode mode, Progress progress);
Status release_cold(LockWords& lock);
/// acquire_cold() for an operation whose errors are recorded; see last_error().
Status acquire_noted(const char* operation, LockWords& lock, Mode mode, Patience patience,
                     Progress progress);

/// A shared holder by count gives the lock bias, if its tranche wants that and
/// reads have repaid the last revocation (bias.cpp).
void consider_bias(LockWords& lock, Backend& self);
/// An exclusive holder puts bias off, on behalf of those since the last such look.
void weigh_writes(LockWords& lock, Backend& self);
/// Turns the announcement of a biased acquirer, which found `seen` instead of
/// bias, into that of an ordinary one.
void bias_was_lost(LockWords& lock, state::Word seen, Backend& self);

struct LockAccess;

}  // namespace detail

/// How a lock begins.
enum class LockFlags : std::uint16_t {
    none = 0,
    /// With read bias, as if its tranche had given it already (see TranchePolicy).
    /// For locks in the memory of a lock space, or of a process by itself.
    biased = 1,
};

/// A lightweight lock. All zero bytes is a valid, free lock of tranche 0, so
/// zeroed memory holds usable locks. Never moves while anyone uses it; holds no
/// pointers, so processes may map it at different addresses.
///
/// Every operation is for the calling thread as a backend (backend.hpp). A
/// thread that is not attached is attached to the process-private space at its
/// first acquisition, unless the process has joined a shared space.
///
/// Misuse (misuse.hpp) leaves the lock as it was. Operations that return a
/// Status report it there, and last_error() tells more; the others call the
/// misuse handler.
///
/// Acquiring has acquire, releasing has release memory order.
///
/// Not for signal handlers: an interrupted operation of the same thread may be
/// half done.
class Lock {
  public:
    constexpr Lock() = default;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    /// Makes the lock free and gives it a tranche. Nobody may be using it.
    void init(std::uint16_t tranche, LockFlags flags = LockFlags::none) {
        words_ = {.tranche = tranche, .waiters = {}, .state = {}, .wait_seq = {}, .aux = {}};
        if (flags == LockFlags::biased) words_.state.store_relaxed(state::kBiased);
    }

    /// Waits until the lock is held. \return whether it had to sleep.
    /// \misuse too_many_held, self_deadlock, not_attached, no_free_slot, too_many_shared,
    /// and system_error when the process-private space cannot be mapped
    [[gnu::always_inline]] bool acquire(Mode mode) {
        const Status status = take(mode, {});
        if (!succeeded(status)) [[unlikely]]
            detail::misused(status, "acquire", this, mode);
        return status == Status::waited;
    }

    /// Takes the lock if that needs no waiting.
    /// \misuse as acquire(), but for self_deadlock and too_many_shared: the lock is just
    /// not free.
    bool try_acquire(Mode mode) {
        const Status status = try_take(mode);
        if (status < Status::busy) [[unlikely]]
            detail::misused(status, "try_acquire", this, mode);
        return status == Status::ok;
    }

    /// Waits until the lock is held, but not beyond `deadline`. A deadline that
    /// has passed still takes a lock that is free.
    /// \return ok, waited, timed_out, or an error of acquire().
    [[nodiscard]] Status acquire_until(Mode mode, Deadline deadline) {
        return take_noted("acquire_until", mode, {.deadline = deadline});
    }
    [[nodiscard]] Status acquire_for(Mode mode, std::chrono::nanoseconds time) {
        return take_noted("acquire_for", mode, {.deadline = Deadline::after(time.count())});
    }

    /// acquire_until() that cancel_wait() on this backend ends as well, with
    /// canceled. A cancellation that came earlier counts until reset_cancel().
    [[nodiscard]] Status acquire_cancellable(Mode mode, Deadline deadline = Deadline::never()) {
        return take_noted("acquire_cancellable", mode, {.deadline = deadline, .cancellable = true});
    }

    /// Takes the lock if it is free and returns true; else waits until it gets
    /// free and returns false without it, for callers whose work another
    /// holder may have done meanwhile. \misuse as acquire()
    bool acquire_or_wait(Mode mode);

    /// Gives the lock back, whichever way it is held. After its last store, the
    /// lock's memory is not touched any more (I4): a later owner may free it.
    /// \misuse not_held
    [[gnu::always_inline]] void release() {
        const Status status = give();
        if (status != Status::ok) [[unlikely]] {
            detail::misused(status, "release", this, Mode::exclusive);
        }
    }

    /// Stores `value` in `variable`, wakes who waits for it, and releases.
    /// \misuse not_held, not_exclusive
    void release_clear_var(Variable& variable, std::uint64_t value);

    /// Forgets that this backend holds the lock, which stays held. Whoever
    /// takes it over ends with release_disowned().
    /// \return the mode in which it was held. \misuse not_held
    Mode disown();
    /// Releases a lock that was disowned in `mode`. \misuse not_held when
    /// nobody holds it in that mode, or why the thread has no slot
    void release_disowned(Mode mode);

    /// Waits until the lock is not held exclusively, or `variable` differs from
    /// `old_value`. \return true in the first case; else false and the variable's
    /// value in `new_value`. \misuse self_deadlock, or why the thread has no slot
    bool wait_for_var(const Variable& variable, std::uint64_t old_value, std::uint64_t& new_value);
    /// Stores `value` and wakes who waits for the variable; no system call when
    /// nobody does. \misuse not_exclusive unless this backend holds the lock
    /// exclusively.
    void update_var(Variable& variable, std::uint64_t value);

    bool held_by_me() const;
    bool held_by_me_in_mode(Mode mode) const;

    std::uint16_t tranche() const { return words_.tranche; }

    /// The state word (state.hpp) at this moment, for monitoring.
    std::uint32_t state_word() const { return words_.state.load_relaxed(); }
    /// Who holds the lock exclusively at this moment; kNoBackend when nobody does,
    /// or the holding is disowned. For monitoring: while others come and go it
    /// may name a backend beside the holder. Told from the word alone when the
    /// caller is not attached.
    BackendNumber exclusive_holder() const;

    /// \name For std::unique_lock, std::shared_lock and std::scoped_lock
    /// The standard's names: Lockable, TimedLockable and their shared kin.
    /// \{
    void lock() { acquire(Mode::exclusive); }
    bool try_lock() { return try_acquire(Mode::exclusive); }
    void unlock() { release(); }
    void lock_shared() { acquire(Mode::shared); }
    bool try_lock_shared() { return try_acquire(Mode::shared); }
    void unlock_shared() { release(); }

    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& time) {
        return timed(Mode::exclusive, Deadline::after(rounded_up(time)));
    }
    template <class Rep, class Period>
    bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& time) {
        return timed(Mode::shared, Deadline::after(rounded_up(time)));
    }
    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& time) {
        return timed_by_clock(Mode::exclusive, time);
    }
    template <class Clock, class Duration>
    bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& time) {
        return timed_by_clock(Mode::shared, time);
    }
    /// \}

    /// The words behind the interface, for the library itself and for tests.
    detail::LockWords& words() { return words_; }
    const detail::LockWords& words() const { return words_; }

  private:
    /// Takes a lock that is biased without changing it.
    [[gnu::always_inline]] bool take_biased(Location location, detail::Progress& progress);
    /// Takes a free lock without a call; `progress` says how far it came.
    [[gnu::always_inline]] bool take_free(Mode mode, detail::Progress& progress);
    [[gnu::always_inline]] Status take(Mode mode, detail::Patience patience);
    /// take(), with a record of the error if it ends with one.
    [[gnu::always_inline]] Status take_noted(const char* operation, Mode mode,
                                             detail::Patience patience);
    Status try_take(Mode mode);
    [[gnu::always_inline]] Status give();
    /// Releases a biased holding, the youngest entry, unless somebody waits for that.
    [[gnu::always_inline]] bool give_biased();
    /// Releases what the youngest entry says is held, unless somebody is to be woken.
    [[gnu::always_inline]] bool give_quietly(Mode mode);

    Status clear_var_and_give(Variable& variable, std::uint64_t value);
    bool timed(Mode mode, Deadline deadline);

    // Rounded up, and cut to what nanoseconds can say, so that a wait never
    // ends early.
    template <class Rep, class Period>
    static std::int64_t rounded_up(const std::chrono::duration<Rep, Period>& time) {
        using Seconds = std::chrono::duration<long double>;
        using Nanoseconds = std::chrono::nanoseconds;
        if (Seconds(time) >= Seconds(Nanoseconds::max())) return INT64_MAX;
        if (Seconds(time) <= Seconds(Nanoseconds::min())) return INT64_MIN;
        return std::chrono::ceil<Nanoseconds>(time).count();
    }
    template <class Clock, class Duration>
    bool timed_by_clock(Mode mode, const std::chrono::time_point<Clock, Duration>& time) {
        for (;;) {
            const auto left = time - Clock::now();
            if (timed(mode, Deadline::after(rounded_up(left)))) return true;
            // Another clock may run slower than the monotonic one, or be set back.
            if (Clock::now() >= time) return false;
        }
    }

    // The C API is the same operations with a status.
    friend struct detail::LockAccess;

    detail::LockWords words_{};
};
static_assert(sizeof(Lock) == 16 && alignof(Lock) == 4 && std::is_standard_layout_v<Lock>);

// ---- Fast paths ------------------------------------------------------------

// A load that follows a locked instruction on the same line, or a store that it
// must be forwarded from, costs as much as a third of that instruction. So these
// paths guess the word instead of loading it, and compare with what they find.

inline bool Lock::take_biased(Location location, detail::Progress& progress) {
    detail::Backend& self = detail::this_backend;
    atomics::Atomic64* const entry = self.next;
    const HeldEntry held{location, Mark::biased, Mode::shared};
    state::Word seen;
    // D: the entry, then the look. Pairs with drain(), which changes the word,
    // makes everybody fence, and looks at the entries.
    if (self.full_fences) [[unlikely]] {
        entry->exchange_seq_cst(held.packed());
        seen = words_.state.load_seq_cst();
    } else {
        entry->store_relaxed(held.packed());
        atomics::compiler_barrier();
        seen = words_.state.load_acquire();
    }
    if ((seen & state::kBiased) == 0) [[unlikely]] {
        detail::bias_was_lost(words_, seen, self);
        progress = detail::Progress::announced;
        return false;
    }
    self.youngest = held.packed();
    self.next = entry + 1;
    return true;
}

inline bool Lock::take_free(Mode mode, detail::Progress& progress) {
    using detail::Progress;
    detail::Backend& self = detail::this_backend;
    atomics::Atomic64* const entry = self.next;
    const state::Word exclusive_unit = self.exclusive_unit;
    if (entry == self.limit) [[unlikely]]
        return false;

    HeldEntry held{location_of(this, self.base), Mark::acquiring, mode};
    if (mode == Mode::shared && self.believes_biased(held.location)) {
        return take_biased(held.location, progress);
    }
    entry->store_relaxed(held.packed());  // I6: before the word can include this backend
    atomics::compiler_barrier();
    progress = Progress::announced;

    if (mode == Mode::shared) {
        const state::Word seen = words_.state.fetch_add_acquire(state::kSharedOne);
        progress = Progress::counted;
        self.shared_guess = state::shared_count(seen) + state::kSharedOne;
        if ((seen & state::kBiased) != 0) [[unlikely]]
            self.believe_biased(this);
        if (!state::is_lockable(seen, Mode::shared)) [[unlikely]]
            return false;
    } else {
        state::Word seen = 0;
        while (!words_.state.cas_acquire(seen, seen + exclusive_unit)) [[unlikely]] {
                if (!state::is_lockable(seen, Mode::exclusive)) return false;
            }
    }
    atomics::compiler_barrier();
    held.mark = Mark::held;
    entry->store_relaxed(held.packed());
    self.youngest = held.packed();
    self.next = entry + 1;
    if (mode == Mode::shared) {
        if (--self.reads_until_look == 0) [[unlikely]]
            detail::consider_bias(words_, self);
    } else if (--self.writes_until_look == 0) [[unlikely]] {
        detail::weigh_writes(words_, self);
    }
    return true;
}

inline Status Lock::take(Mode mode, detail::Patience patience) {
    detail::Progress progress = detail::Progress::nothing;
    if (take_free(mode, progress)) [[likely]]
        return Status::ok;
    return detail::acquire_cold(words_, mode, patience, progress);
}

inline Status Lock::take_noted(const char* operation, Mode mode, detail::Patience patience) {
    detail::Progress progress = detail::Progress::nothing;
    if (take_free(mode, progress)) [[likely]]
        return Status::ok;
    return detail::acquire_noted(operation, words_, mode, patience, progress);
}

inline Status Lock::try_take(Mode mode) {
    detail::Progress progress = detail::Progress::nothing;
    if (take_free(mode, progress)) [[likely]]
        return Status::ok;
    return detail::try_acquire_cold(words_, mode, progress);
}

inline bool Lock::give_quietly(Mode mode) {
    detail::Backend& self = detail::this_backend;
    atomics::Atomic64* const entry = self.next - 1;
    const HeldEntry held{location_of(this, self.base), Mark::releasing, mode};
    const state::Word unit = self.unit_of(mode);
    entry->store_relaxed(held.packed());  // I6: before the word can exclude it
    atomics::compiler_barrier();
    // Compare and exchange rather than subtract: a waiter that came meanwhile
    // must be seen before the release, not after it (I4).
    state::Word seen = mode == Mode::shared ? self.shared_guess : unit;
    while (!words_.state.cas_release(seen, seen - unit)) [[unlikely]] {
            if (state::wakeable(seen - unit) != 0) return false;
            self.guessed_wrong = true;
        }
    atomics::compiler_barrier();
    entry->store_relaxed(0);
    self.youngest = 0;
    self.next = entry;
    return true;
}

inline bool Lock::give_biased() {
    detail::Backend& self = detail::this_backend;
    // Before the entry goes: afterwards the lock's memory may be gone (I4).
    if ((words_.state.load_relaxed() & state::kDraining) != 0) [[unlikely]]
        return false;
    atomics::Atomic64* const entry = self.next - 1;
    entry->store_release(0);
    self.youngest = 0;
    self.next = entry;
    return true;
}

inline Status Lock::give() {
    detail::Backend& self = detail::this_backend;
    std::uint64_t content = self.youngest;
    if (content == 0 && self.next != self.first) content = self.next[-1].load_relaxed();
    HeldEntry held{location_of(this, self.base), Mark::held, Mode::shared};
    if (content == held.packed()) {
        if (give_quietly(Mode::shared)) [[likely]]
            return Status::ok;
    } else if (content == HeldEntry{held.location, Mark::biased, Mode::shared}.packed()) {
        if (give_biased()) [[likely]]
            return Status::ok;
    } else {
        held.mode = Mode::exclusive;
        if (content == held.packed() && give_quietly(Mode::exclusive)) [[likely]]
            return Status::ok;
    }
    return detail::release_cold(words_);
}

}  // namespace lwlock
