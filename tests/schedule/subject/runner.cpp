#include "tests/schedule/subject/runner.hpp"

namespace lwlock::tests::schedule {
namespace {

constexpr std::int64_t kPatience = 1'000'000;  // nanoseconds, of a timed operation

constexpr Mode mode_of(const Operation& operation) {
    return operation.exclusive ? Mode::exclusive : Mode::shared;
}

constexpr std::uint32_t bit_of(std::size_t backend) { return 1u << backend; }

}  // namespace

void Runner::load(const Program& program) {
    program_ = program;
    machine_.describe(*this, program.backends.size());
    machine_.set_spinning_pays(program.spinning);
    for (std::size_t lock = 0; lock < program.locks(); ++lock) {
        data_[lock] = machine_.add_plain("data");
    }
    implementation_.describe(machine_, program_);
}

void Runner::restart() {
    locks_ = {};
    requests_ = {};
    holdings_ = 0;
    done_ = 0;
    canceled_ = 0;
    canceling_ = 0;
    implementation_.restart();
}

void Runner::run(std::size_t backend) {
    const auto& operations = program_.backends[backend];
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (machine_.traced()) machine_.note("---- " + text_of(operations[i]));
        wakes_before_[backend] = machine_.wakes(backend);
        const bool last = i + 1 == operations.size() && !requests().any_pending();
        perform(operations[i], last);
        if (!requests().any_pending()) check(implementation_.between_operations(backend));
    }
    finish_requests();
    check(implementation_.between_operations(backend));
    done_ |= bit_of(backend);
    if (machine_.traced()) machine_.note("---- done");
}

void Runner::perform(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    const Mode mode = mode_of(operation);
    switch (operation.verb) {
        case Verb::acquire:
            implementation_.acquire(lock, mode);
            hold(operation, last, End::release);
            break;
        case Verb::try_acquire:
            if (implementation_.try_acquire(lock, mode)) hold(operation, last, End::release);
            break;
        case Verb::timed: {
            const auto deadline = atomics::Deadline::after(kPatience);
            finish_timed(operation, last, implementation_.acquire_until(lock, mode, deadline),
                         deadline);
            break;
        }
        case Verb::overdue: {
            const auto deadline = atomics::Deadline::at(0);
            finish_timed(operation, last, implementation_.acquire_until(lock, mode, deadline),
                         deadline);
            break;
        }
        case Verb::cancellable:
            acquire_cancellable(operation, last, atomics::Deadline::never());
            break;
        case Verb::timed_cancellable:
            acquire_cancellable(operation, last, atomics::Deadline::after(kPatience));
            break;
        case Verb::cancellable_anew:
            reset_cancel();
            acquire_cancellable(operation, last, atomics::Deadline::never());
            break;
        case Verb::cancel: cancel_others(); break;
        case Verb::acquire_or_wait: acquire_or_wait(operation, last); break;
        case Verb::wait_for_var: wait_for_var(operation, 0); break;
        case Verb::wait_for_other: wait_for_var(operation, 1); break;
        case Verb::update_var:
        case Verb::update_equal:
        case Verb::update_and_stay: update_var(operation, last); break;
        case Verb::wait_for_stay:
            wait_for_var(operation, 0);
            implementation_.baton().store_release(1);
            break;
        case Verb::release_clear_var:
            implementation_.acquire(lock, mode);
            hold(operation, last, End::clear_var);
            break;
        case Verb::disown: disown(operation, last); break;
        case Verb::hand_over: hand_over(operation, last); break;
        case Verb::take_over: take_over(operation, last); break;
        case Verb::stay:
        case Verb::meet: share_at_once(operation, last); break;
        case Verb::release_all:
            implementation_.acquire(lock, mode);
            hold(operation, last, End::all);
            break;
        case Verb::reentrant: reenter(operation, last); break;
        case Verb::self_deadlock: deadlock_with_self(operation, last); break;
        case Verb::nested:
        case Verb::nested_shared: nest(operation, last); break;
        case Verb::requeue: implementation_.requeue(lock); break;
        case Verb::free_memory: free_when_last(operation, last); break;
        case Verb::request: request(operation); break;
        case Verb::look: implementation_.poll(atomics::Deadline::at(0)); break;
        case Verb::cancel_first: cancel_request(true); break;
        case Verb::cancel_last: cancel_request(false); break;
    }
}

void Runner::got(std::size_t lock, Mode mode) {
    const std::size_t self = machine_.current();
    LockView& held = view(lock);
    for (std::size_t other = 0; other < kMaxBackends; ++other) {
        if (held.exclusive[other] != 0 || (mode == Mode::exclusive && held.shared[other] != 0)) {
            machine_.fail("holds the lock together with b" + std::to_string(other) + " (I1)");
        }
    }
    (mode == Mode::exclusive ? held.exclusive : held.shared)[self] = ++holdings_;
    const std::uint32_t wakes = machine_.wakes(self) - wakes_before_[self];
    if (wakes > implementation_.most_wakes(machine_.backends())) {
        machine_.fail("was woken " + std::to_string(wakes) + " times before it got the lock");
    }
    check(implementation_.after_acquire(self, lock, mode));
    if (machine_.traced()) {
        machine_.note(mode == Mode::exclusive ? "holds it exclusively" : "holds it shared");
    }
}

void Runner::use_data(std::size_t lock, Mode mode, bool last) {
    const std::uint64_t value = machine_.read_plain(data_[lock]);
    if (mode == Mode::exclusive) machine_.write_plain(data_[lock], value + 1);
    if (last) done_ |= bit_of(machine_.current());
}

void Runner::leave(std::size_t lock, Mode mode, std::size_t backend) {
    (mode == Mode::exclusive ? view(lock).exclusive : view(lock).shared)[backend] = 0;
    if (machine_.traced()) machine_.note("releases");
}

void Runner::hold(const Operation& operation, bool last, End end) {
    const std::size_t lock = operation.lock;
    const Mode mode = mode_of(operation);
    got(lock, mode);
    use_data(lock, mode, last);
    leave(lock, mode, machine_.current());
    switch (end) {
        case End::release: implementation_.release(lock); break;
        case End::clear_var: implementation_.release_clear_var(lock, ++view(lock).variable); break;
        case End::all: implementation_.release_all(); break;
    }
}

void Runner::finish_timed(const Operation& operation, bool last, Status status,
                          atomics::Deadline deadline) {
    if (succeeded(status)) {
        hold(operation, last, End::release);
    } else if (status == Status::timed_out) {
        if (!deadline.has_passed()) machine_.fail("timed out before its deadline");
    } else if (status == Status::canceled) {
        if ((canceled_ & bit_of(machine_.current())) == 0) {
            machine_.fail("was cancelled by nobody");
        }
    } else {
        machine_.fail(lwlock::describe(status));
    }
}

void Runner::acquire_cancellable(const Operation& operation, bool last,
                                 atomics::Deadline deadline) {
    const Status status =
        implementation_.acquire_cancellable(operation.lock, mode_of(operation), deadline);
    finish_timed(operation, last, status, deadline);
}

void Runner::cancel_others() {
    ++canceling_;
    for (std::size_t other = 0; other < machine_.backends(); ++other) {
        if (other == machine_.current()) continue;
        canceled_ |= bit_of(other);
        implementation_.cancel(other);
    }
    --canceling_;
}

void Runner::reset_cancel() {
    implementation_.reset_cancel();
    if (canceling_ == 0) canceled_ &= ~bit_of(machine_.current());
}

void Runner::acquire_or_wait(const Operation& operation, bool last) {
    const LockView before = view(operation.lock);
    const std::uint32_t stale = machine_.stale_loads(machine_.current());
    const std::uint32_t stray = machine_.stray_wakes(machine_.current());
    if (implementation_.acquire_or_wait(operation.lock, mode_of(operation))) {
        hold(operation, last, End::release);
        return;
    }
    // What a stale load says was true earlier, maybe before the call.
    if (machine_.stale_loads(machine_.current()) != stale) return;
    // A stray wake passes for a release when the ticket is old for another reason.
    if (machine_.stray_wakes(machine_.current()) != stray) return;
    if (implementation_.updates_end_waits() &&
        (program_.uses(Verb::update_var) || program_.uses(Verb::update_equal) ||
         program_.uses(Verb::update_and_stay))) {
        return;
    }
    const LockView& now = view(operation.lock);
    for (std::size_t other = 0; other < kMaxBackends; ++other) {
        const bool all_the_time =
            (now.exclusive[other] != 0 && now.exclusive[other] == before.exclusive[other]) ||
            (operation.exclusive && now.shared[other] != 0 &&
             now.shared[other] == before.shared[other]);
        if (all_the_time) {
            machine_.fail("says that the lock was free, but b" + std::to_string(other) +
                          " held it all the time");
        }
    }
}

void Runner::wait_for_var(const Operation& operation, std::uint64_t old_value) {
    const LockView before = view(operation.lock);
    const std::uint32_t stale = machine_.stale_loads(machine_.current());
    std::uint64_t value = 0;
    const bool unlocked = implementation_.wait_for_var(operation.lock, old_value, value);
    const LockView& now = view(operation.lock);
    if (!unlocked && (value == old_value || value > now.variable)) {
        machine_.fail("says that the variable changed, and gives " + std::to_string(value));
    }
    if (!unlocked || machine_.stale_loads(machine_.current()) != stale) return;
    for (std::size_t other = 0; other < kMaxBackends; ++other) {
        if (now.exclusive[other] != 0 && now.exclusive[other] == before.exclusive[other]) {
            machine_.fail("says that the lock was not held exclusively, but b" +
                          std::to_string(other) + " held it all the time");
        }
    }
}

void Runner::update_var(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    implementation_.acquire(lock, Mode::exclusive);
    got(lock, Mode::exclusive);
    use_data(lock, Mode::exclusive, last);
    if (operation.verb != Verb::update_equal) ++view(lock).variable;
    implementation_.update_var(lock, view(lock).variable);
    if (operation.verb == Verb::update_and_stay) machine_.await(implementation_.baton().address());
    leave(lock, Mode::exclusive, machine_.current());
    implementation_.release(lock);
}

void Runner::disown(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    const Mode mode = mode_of(operation);
    implementation_.acquire(lock, mode);
    got(lock, mode);
    use_data(lock, mode, last);
    implementation_.disown(lock);
    leave(lock, mode, machine_.current());
    implementation_.release_disowned(lock, mode);
}

void Runner::hand_over(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    handed_over_ = mode_of(operation);
    handed_by_ = machine_.current();
    implementation_.acquire(lock, handed_over_);
    got(lock, handed_over_);
    use_data(lock, handed_over_, last);
    implementation_.disown(lock);
    implementation_.baton().store_release(1);
}

void Runner::take_over(const Operation& operation, bool last) {
    machine_.await(implementation_.baton().address());
    use_data(operation.lock, handed_over_, last);
    leave(operation.lock, handed_over_, handed_by_);
    implementation_.release_disowned(operation.lock, handed_over_);
}

void Runner::share_at_once(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    implementation_.acquire(lock, Mode::shared);
    got(lock, Mode::shared);
    use_data(lock, Mode::shared, last);
    if (operation.verb == Verb::meet) {
        implementation_.baton().store_release(1);
    } else {
        machine_.await(implementation_.baton().address());
    }
    leave(lock, Mode::shared, machine_.current());
    implementation_.release(lock);
}

void Runner::reenter(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    implementation_.acquire(lock, Mode::shared);
    got(lock, Mode::shared);
    implementation_.acquire(lock, Mode::shared);
    use_data(lock, Mode::shared, last);
    implementation_.release(lock);
    leave(lock, Mode::shared, machine_.current());
    implementation_.release(lock);
}

void Runner::deadlock_with_self(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    const Mode mode = mode_of(operation);
    implementation_.acquire(lock, mode);
    got(lock, mode);
    const Status status =
        implementation_.acquire_until(lock, Mode::exclusive, atomics::Deadline::never());
    if (status != Status::self_deadlock) machine_.fail("waits for itself without noticing");
    use_data(lock, mode, last);
    leave(lock, mode, machine_.current());
    implementation_.release(lock);
}

void Runner::nest(const Operation& operation, bool last) {
    const std::size_t outer = operation.lock;
    const std::size_t inner = outer + 1;
    const Mode mode = mode_of(operation);
    const Mode inner_mode = operation.verb == Verb::nested ? Mode::exclusive : Mode::shared;
    implementation_.acquire(outer, mode);
    got(outer, mode);
    implementation_.acquire(inner, inner_mode);
    got(inner, inner_mode);
    use_data(outer, mode, false);
    use_data(inner, inner_mode, last);
    leave(outer, mode, machine_.current());
    implementation_.release(outer);
    leave(inner, inner_mode, machine_.current());
    implementation_.release(inner);
}

void Runner::request(const Operation& operation) {
    Requests& own = requests();
    const std::size_t number = own.made++;
    if (number == kMaxRequests) machine_.fail("has made more requests than there is room for");
    own.all[number] = operation;
    const Status status =
        implementation_.request(number, operation.lock, mode_of(operation), *this);
    own.pending[number] = status == Status::busy;
    if (!own.pending[number]) end_of_request(number, status);
}

void Runner::end_of_request(std::size_t request, Status status) {
    Requests& own = requests();
    if (!succeeded(status)) machine_.fail(lwlock::describe(status));
    for (std::size_t i = 0; i < request; ++i) {
        if (own.pending[i] && own.all[i].lock == own.all[request].lock) {
            machine_.fail("is granted a request before an older one for the same lock");
        }
    }
    own.pending[request] = false;
    wakes_before_[machine_.current()] = machine_.wakes(machine_.current());
    hold(own.all[request], false, End::release);
}

void Runner::cancel_request(bool first) {
    Requests& own = requests();
    for (std::size_t i = 0; i < own.made; ++i) {
        const std::size_t number = first ? i : own.made - 1 - i;
        if (!own.pending[number]) continue;
        own.pending[number] = false;
        if (!implementation_.cancel_request(number)) {
            machine_.fail("cannot cancel a request that is pending");
        }
        return;
    }
}

void Runner::finish_requests() {
    while (requests().any_pending()) {
        if (implementation_.poll(atomics::Deadline::never()) == 0) {
            machine_.fail("polls without a deadline, and nothing ends");
        }
    }
}

void Runner::free_when_last(const Operation& operation, bool last) {
    const std::size_t lock = operation.lock;
    implementation_.acquire(lock, Mode::exclusive);
    got(lock, Mode::exclusive);
    use_data(lock, Mode::exclusive, last);
    const std::uint32_t others = (bit_of(machine_.backends()) - 1) & ~bit_of(machine_.current());
    const bool frees = last && (done_ & others) == others;
    leave(lock, Mode::exclusive, machine_.current());
    implementation_.release(lock);
    if (frees) {
        const std::span<std::byte> memory = implementation_.memory(lock);
        machine_.free_memory(memory.data(), memory.size());
    }
}

Hash Runner::state_hash() {
    Hash hash = mix_words(implementation_.state_hash(), locks_.data(), sizeof locks_);
    hash = mix(hash, std::uint64_t{holdings_} << 32 | done_);
    return mix(hash, std::uint64_t{canceled_} << 32 | canceling_ << 16 | handed_by_ << 8 |
                         static_cast<std::uint64_t>(handed_over_));
}

const char* Runner::at_end() { return implementation_.at_end(); }

}  // namespace lwlock::tests::schedule
