#include "tools/torture/backend_loop.hpp"

#include <unistd.h>

#include <algorithm>

#include "lwlock/lwlock.hpp"
#include "tools/torture/checks.hpp"
#include "tools/torture/signals.hpp"

namespace lwlock::torture {
namespace {

// A time-out that does not come while the run is not stuck.
constexpr Nanoseconds kDistantTimeout = 3600 * kSecond;
// One in so many acquisitions takes a rarer path, where there is one.
constexpr unsigned kDistantShare = 8;
constexpr unsigned kDisownShare = 32;
constexpr unsigned kCancelShare = 64;

class BackendLoop {
  public:
    BackendLoop(const Plan& plan, Target& target, const Arena& arena, unsigned backend)
        : plan_(plan),
          options_(plan.options),
          target_(target),
          is_library_(find_target_kind(options_.implementation).is_library),
          lock_size_(find_target_kind(options_.implementation).lock_size),
          arena_(arena),
          backend_(backend),
          role_(plan.roles[backend]),
          record_(arena.records[backend]),
          checker_(arena, backend),
          random_(plan.random_of(backend)) {}

    void run() {
        while (pass_gate(arena_, backend_)) {
            lock_ = static_cast<unsigned>(below(options_.locks));
            record_.lock.store_relaxed(lock_);
            enter(Phase::acquiring);
            operate();
            enter(Phase::between);
            count(record_.operations);
            if (below(kCancelShare) == 0) cancel_somebody();
            spend(options_.gap(random_));
        }
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    Mode any_mode() { return below(2) == 0 ? Mode::shared : Mode::exclusive; }

    void* address() const { return arena_.locks + lock_ * lock_size_; }
    Lock& lock() const { return *static_cast<Lock*>(address()); }

    void enter(Phase phase) {
        const std::int64_t now = atomics::monotonic_now();
        if (const Phase left = phase_of(record_);
            left == Phase::acquiring || left == Phase::releasing) {
            const auto since = static_cast<std::int64_t>(record_.phase_since.load_relaxed());
            const auto took = static_cast<std::uint64_t>(now - since);
            if (took > record_.longest.load_relaxed()) record_.longest.store_relaxed(took);
        }
        enter_phase(record_, phase, now);
    }

    void operate() {
        switch (role_) {
            case Role::reader: acquire(Mode::shared); break;
            case Role::writer: acquire(Mode::exclusive); break;
            case Role::trier: try_acquire(any_mode()); break;
            case Role::timed: acquire_timed(any_mode()); break;
            case Role::canceled: acquire_cancellable(any_mode()); break;
            case Role::waiter: acquire_or_wait(any_mode()); break;
            case Role::watcher: watch(); break;
        }
    }

    void acquire(Mode mode) {
        if (target_.acquire(address(), mode)) count(record_.slept);
        hold(mode);
    }

    void try_acquire(Mode mode) {
        if (target_.try_acquire(address(), mode)) {
            hold(mode);
        } else {
            count(record_.busy);
        }
    }

    void acquire_timed(Mode mode) {
        const bool distant = below(kDistantShare) == 0;
        const Nanoseconds timeout = distant ? kDistantTimeout : options_.timeout(random_);
        const Deadline deadline = Deadline::after(timeout);
        const Status status = lock().acquire_until(mode, deadline);
        if (status == Status::timed_out) {
            const std::int64_t early = deadline.nanoseconds() - atomics::monotonic_now();
            checker_.expect(Check::time_out_not_early, lock_, 0,
                            static_cast<std::uint64_t>(std::max(early, std::int64_t{0})));
            count(record_.timed_out);
            return;
        }
        settle(status, mode);
    }

    void acquire_cancellable(Mode mode) {
        const Status status = lock().acquire_cancellable(mode);
        if (status == Status::canceled) {
            count(record_.canceled);
            checker_.expect_true(
                Check::cancel_was_asked, lock_,
                record_.canceled.load_relaxed() <= record_.cancels_asked.load_acquire());
            return;
        }
        settle(status, mode);
    }

    // After a call that reports misuse by its status: there is none to be here.
    void settle(Status status, Mode mode) {
        if (!succeeded(status)) detail::misused(status, "timed acquire", &lock(), mode);
        if (status == Status::waited) count(record_.slept);
        hold(mode);
    }

    void acquire_or_wait(Mode mode) {
        if (lock().acquire_or_wait(mode)) {
            hold(mode);
        } else {
            count(record_.without);
        }
    }

    void watch() {
        const Variable& variable = arena_.guarded[lock_].variable;
        const std::uint64_t old_value = variable.word.load_acquire();
        std::uint64_t new_value = old_value;
        if (!lock().wait_for_var(variable, old_value, new_value)) {
            checker_.expect_true(Check::variable_differs, lock_, new_value != old_value);
        }
        count(record_.without);
    }

    void hold(Mode mode) {
        enter(Phase::inside);
        count(record_.acquisitions);
        checker_.enter(lock_, mode);
        if (is_library_) check_library(mode);
        spend(options_.hold(random_));
        if (is_library_ && mode == Mode::exclusive && below(2) == 0) {
            Variable& variable = arena_.guarded[lock_].variable;
            lock().update_var(variable, variable.word.load_relaxed() + 1);
        }
        checker_.leave(lock_, mode);
        enter(Phase::releasing);
        release(mode);
    }

    void check_library(Mode mode) {
        checker_.expect_true(Check::held_by_me, lock_, lock().held_by_me_in_mode(mode));
        if (mode == Mode::exclusive) {
            checker_.expect(Check::holder_named, lock_, my_backend(), lock().exclusive_holder());
        }
    }

    void release(Mode mode) {
        const std::uint64_t way = is_library_ ? below(kDisownShare) : kDisownShare;
        if (way == 0) {
            lock().release_disowned(lock().disown());
        } else if (way == 1 && mode == Mode::exclusive) {
            Variable& variable = arena_.guarded[lock_].variable;
            lock().release_clear_var(variable, variable.word.load_relaxed() + 1);
        } else {
            target_.release(address(), mode);
        }
    }

    void cancel_somebody() {
        if (plan_.cancellable.empty()) return;
        const unsigned chosen = plan_.cancellable[below(plan_.cancellable.size())];
        Record& record = arena_.records[chosen];
        const std::uint32_t slot = record.slot.load_acquire();
        if (chosen == backend_ || slot == 0) return;
        record.cancels_asked.fetch_add_release(1);
        target_.space()->cancel_wait(slot - 1);
    }

    const Plan& plan_;
    const Options& options_;
    Target& target_;
    const bool is_library_;
    const std::size_t lock_size_;
    const Arena& arena_;
    const unsigned backend_;
    const Role role_;
    Record& record_;
    Checker checker_;
    Random random_;
    unsigned lock_ = 0;
};

}  // namespace

void run_backend(const Plan& plan, Target& target, unsigned backend) {
    const Arena arena = Arena::at(target.memory(), plan.backends(), plan.options.locks);
    Record& record = arena.records[backend];
    receive_signals(record);
    target.attach(backend);
    record.process.store_relaxed(static_cast<std::uint32_t>(getpid()));
    if (target.space() != nullptr) record.slot.store_relaxed(my_backend() + 1);
    record.thread.store_release(static_cast<std::uint32_t>(gettid()));
    enter_phase(record, Phase::between, atomics::monotonic_now());

    BackendLoop(plan, target, arena, backend).run();

    record.slot.store_release(0);
    target.detach();
    enter_phase(record, Phase::finished, atomics::monotonic_now());
}

}  // namespace lwlock::torture
