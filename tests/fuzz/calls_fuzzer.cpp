// Sequences of calls of one thread, right ones and wrong ones, compared with
// the reference model after each.

#include <algorithm>
#include <string>
#include <vector>

#include "calls.hpp"
#include "guarded_memory.hpp"
#include "input.hpp"
#include "lwlock/lwlock.hpp"
#include "machine.hpp"
#include "model.hpp"
#include "names.hpp"
#include "require.hpp"

namespace lwlock::tests::fuzz {
namespace {

constexpr SpaceOptions kSpaceOptions{.backends = 3, .locks = 8, .user_bytes = 256};
constexpr unsigned kMostCalls = 400;

// Two spaces, made anew for every input in the same memory.
struct Spaces {
    GuardedMemory memory[2]{GuardedMemory(LockSpace::required_size(kSpaceOptions)),
                            GuardedMemory(LockSpace::required_size(kSpaceOptions))};
    LockSpace space[2];

    void make() {
        for (int i = 0; i < 2; ++i) {
            memory[i].clear();
            // Not shared, so that a thread may still attach without asking.
            FUZZ_REQUIRE(LockSpace::create_in(memory[i].data(), memory[i].size(), false,
                                              kSpaceOptions, space[i]) == Status::ok);
        }
    }
};

Spaces& spaces() {
    static Spaces instance;
    return instance;
}

class CallSequence {
  public:
    explicit CallSequence(Input input) : input_(input) {
        for (std::size_t i = 0; i < kModelLocks; ++i) {
            // Half of the locks lie in a segment, the others outside.
            auto* const inside = static_cast<Lock*>(spaces().space[0].user_memory());
            locks_[i] = i % 2 == 0 ? inside + i : outside_ + i;
            locks_[i]->init(static_cast<std::uint16_t>(i));
        }
    }

    void run() {
        for (unsigned call = 0; call < kMostCalls && !input_.empty(); ++call) {
            calls_.choose(input_.flip());
            script_sleeps(0);
            one_call();
            compare();
        }
        clean_up();
    }

  private:
    enum class Attached { no, first, second, by_itself };

    Mode any_mode() { return input_.flip() ? Mode::shared : Mode::exclusive; }
    // A time that has passed, a little later, or later. Where the lock is free,
    // any time will do.
    Deadline any_deadline(bool is_free) {
        switch (input_.below(4)) {
            case 0: return Deadline::at(0);
            case 1: return Deadline::after(input_.take<std::uint16_t>());
            case 2: return Deadline::after(input_.time());
            default: return is_free ? Deadline::never() : Deadline::at(-1);
        }
    }

    void one_call() {
        lock_ = input_.below(kModelLocks);
        switch (input_.below(24)) {
            case 0: return acquire();
            case 1: return try_acquire();
            case 2: return acquire_until();
            case 3: return acquire_cancellable();
            case 4: return acquire_or_wait();
            case 5: return release();
            case 6: return release_clear_var();
            case 7: return release_all();
            case 8: return disown();
            case 9: return release_disowned();
            case 10: return wait_for_var();
            case 11: return update_var();
            case 12: return any_held();
            case 13: return attach();
            case 14: return detach();
            case 15: return cancel_wait();
            case 16: return reset_cancel();
            case 17: return acquire_many();
            case 18: return observe();
            case 19:
            case 20:
            case 21: return names();
            default: return release();
        }
    }

    Lock& lock() { return *locks_[lock_]; }

    // Acquiring attaches by itself.
    void about_to_attach() {
        if (attached_ != Attached::no) return;
        attached_ = Attached::by_itself;
        model_.cancel_pending = false;
    }

    void settle(Status status, Mode mode) {
        if (succeeded(status)) model_.take(lock_, mode);
    }

    void acquire() {
        const Mode mode = any_mode();
        const auto expected = model_.immediate(lock_, mode);
        if (!expected) return;  // would wait for ever
        about_to_attach();
        FUZZ_REQUIRE(calls_.acquire(lock(), mode) == *expected);
        settle(*expected, mode);
    }

    void try_acquire() {
        const Mode mode = any_mode();
        about_to_attach();
        Status expected = model_.immediate(lock_, mode).value_or(Status::busy);
        if (expected == Status::self_deadlock) expected = Status::busy;
        FUZZ_REQUIRE(calls_.try_acquire(lock(), mode) == expected);
        settle(expected, mode);
    }

    void acquire_until() {
        const Mode mode = any_mode();
        const Status expected = model_.timed(lock_, mode);
        const Deadline deadline = any_deadline(expected != Status::timed_out);
        about_to_attach();
        script_sleeps(input_.take<std::uint32_t>());
        FUZZ_REQUIRE(calls_.acquire_until(lock(), mode, deadline) == expected);
        FUZZ_REQUIRE(expected != Status::timed_out || deadline.has_passed());
        settle(expected, mode);
    }

    void acquire_cancellable() {
        const Mode mode = any_mode();
        const Deadline deadline = Deadline::after(input_.time());
        about_to_attach();
        script_sleeps(input_.take<std::uint32_t>());
        Status expected = model_.timed(lock_, mode);
        if (expected == Status::timed_out && model_.cancel_pending) {
            expected = Status::canceled;
            model_.cancel_pending = false;
        }
        FUZZ_REQUIRE(calls_.acquire_cancellable(lock(), mode, deadline) == expected);
        settle(expected, mode);
    }

    void acquire_or_wait() {
        const Mode mode = any_mode();
        const auto expected = model_.immediate(lock_, mode);
        if (!expected) return;  // would wait for ever
        about_to_attach();
        FUZZ_REQUIRE(calls_.acquire_or_wait(lock(), mode) == *expected);
        settle(*expected, mode);
    }

    void release() { FUZZ_REQUIRE(calls_.release(lock()) == model_.release(lock_)); }

    void release_clear_var() {
        const std::size_t variable = input_.below(kModelVariables);
        const auto value = input_.take<std::uint64_t>();
        const Status expected = model_.release_exclusive(lock_);
        FUZZ_REQUIRE(calls_.release_clear_var(lock(), variables_[variable], value) == expected);
        if (expected != Status::ok) return;
        model_.variables[variable] = value;
        model_.release(lock_);
    }

    void release_all() {
        calls_.release_all();
        model_.release_all();
    }

    void disown() {
        Mode mode = Mode::shared;
        const Status status = calls_.disown(lock(), mode);
        const auto expected = model_.disown(lock_);
        FUZZ_REQUIRE(status == (expected ? Status::ok : Status::not_held));
        FUZZ_REQUIRE(!expected || mode == *expected);
    }

    void release_disowned() {
        const Mode mode = any_mode();
        const auto expected = model_.release_disowned(lock_, mode);
        if (!expected) return;
        about_to_attach();
        FUZZ_REQUIRE(calls_.release_disowned(lock(), mode) == *expected);
    }

    void wait_for_var() {
        const std::size_t variable = input_.below(kModelVariables);
        const std::uint64_t value = model_.variables[variable];
        const std::uint64_t old_value = input_.flip() ? value : input_.take<std::uint64_t>();
        Status expected = Status::ok;
        if (model_.is_exclusive(lock_)) {
            if (old_value != value) {
                expected = Status::waited;
            } else if (model_.held_in_mode(lock_, Mode::exclusive)) {
                expected = Status::self_deadlock;
            } else {
                return;  // would wait for ever
            }
        }
        about_to_attach();
        std::uint64_t new_value = ~value;
        FUZZ_REQUIRE(calls_.wait_for_var(lock(), variables_[variable], old_value, new_value) ==
                     expected);
        FUZZ_REQUIRE(expected != Status::waited || new_value == value);
    }

    void update_var() {
        const std::size_t variable = input_.below(kModelVariables);
        const auto value = input_.take<std::uint64_t>();
        const bool may = model_.held_in_mode(lock_, Mode::exclusive);
        FUZZ_REQUIRE(calls_.update_var(lock(), variables_[variable], value) ==
                     (may ? Status::ok : Status::not_exclusive));
        if (may) model_.variables[variable] = value;
    }

    void any_held() {
        const std::size_t count = input_.below(4);
        const std::size_t stride = sizeof(Lock) * input_.below(3);
        bool expected = false;
        for (std::size_t i = 0; i < kModelLocks; ++i) {
            if (!model_.held(i) || stride == 0) continue;
            for (std::size_t step = 0; step < count; ++step) {
                const auto* const at = reinterpret_cast<const std::byte*>(&lock()) + step * stride;
                expected = expected || reinterpret_cast<const std::byte*>(locks_[i]) == at;
            }
        }
        FUZZ_REQUIRE(any_held_by_me(&lock(), count, stride) == expected);
    }

    void attach() {
        const bool second = input_.flip();
        const Status expected = attached_ == Attached::no ? Status::ok : Status::already_attached;
        FUZZ_REQUIRE(calls_.attach(spaces().space[second ? 1 : 0]) == expected);
        if (expected != Status::ok) return;
        attached_ = second ? Attached::second : Attached::first;
        model_.cancel_pending = false;
        FUZZ_REQUIRE(my_backend() < kSpaceOptions.backends);
    }

    void detach() {
        Status expected = Status::ok;
        if (attached_ == Attached::no) expected = Status::not_attached;
        if (!model_.holds().empty()) expected = Status::holds_locks;
        FUZZ_REQUIRE(calls_.detach() == expected);
        if (expected != Status::ok) return;
        attached_ = Attached::no;
        model_.cancel_pending = false;
    }

    const LockSpace* my_space() const {
        if (attached_ == Attached::first) return &spaces().space[0];
        if (attached_ == Attached::second) return &spaces().space[1];
        return nullptr;
    }

    void cancel_wait() {
        const LockSpace& space = spaces().space[input_.below(2)];
        const BackendNumber backend =
            input_.flip() && my_space() != nullptr ? my_backend() : input_.take<std::uint32_t>();
        const Status expected =
            backend < kSpaceOptions.backends ? Status::ok : Status::bad_argument;
        FUZZ_REQUIRE(calls_.cancel_wait(space, backend) == expected);
        if (&space == my_space() && backend == my_backend()) model_.cancel_pending = true;
    }

    void reset_cancel() {
        calls_.reset_cancel();
        model_.cancel_pending = false;
    }

    void acquire_many() {
        for (unsigned count = input_.take<std::uint8_t>(); count > 0; --count) {
            const auto expected = model_.immediate(lock_, Mode::shared);
            if (!expected) return;
            about_to_attach();
            FUZZ_REQUIRE(calls_.acquire(lock(), Mode::shared) == *expected);
            settle(*expected, Mode::shared);
        }
    }

    void observe() {
        const std::size_t which = input_.below(2);
        if (input_.flip()) {
            FUZZ_REQUIRE(add_wait_observer(observers_[which]) == !observing_[which]);
            observing_[which] = true;
        } else {
            FUZZ_REQUIRE(remove_wait_observer(observers_[which]) == observing_[which]);
            observing_[which] = false;
        }
    }

    void names() {
        const std::size_t which = input_.below(2);
        names_[which].one_call(input_, spaces().space[which], my_space() == &spaces().space[which]);
    }

    // Everything that can be seen, against the model.
    void compare() {
        const auto& holds = model_.holds();
        FUZZ_REQUIRE(held_count() == holds.size());
        std::vector<Model::Hold> seen;
        struct Visit {
            CallSequence* self;
            std::vector<Model::Hold>* seen;
        } visit{this, &seen};
        for_each_held_by_me(
            [](Lock& held, Mode mode, void* context) {
                const auto& [self, list] = *static_cast<Visit*>(context);
                const auto at = std::find(self->locks_, self->locks_ + kModelLocks, &held);
                list->push_back({static_cast<std::size_t>(at - self->locks_), mode});
            },
            &visit);
        FUZZ_REQUIRE(seen == holds);
        for (std::size_t i = 0; i < kModelLocks; ++i) compare_lock(i);
        for (std::size_t i = 0; i < kModelVariables; ++i) {
            FUZZ_REQUIRE(variables_[i].word.load_relaxed() == model_.variables[i]);
        }
        FUZZ_REQUIRE((my_backend() == kNoBackend) == (attached_ == Attached::no));
        if (const LockSpace* const space = my_space()) {
            BackendReport report;
            FUZZ_REQUIRE(space->report(my_backend(), report));
            FUZZ_REQUIRE(report.held_count == holds.size());
            FUZZ_REQUIRE(report.waiting == WaitKind::none);
        }
    }

    void compare_lock(std::size_t i) {
        const std::uint32_t word = locks_[i]->state_word();
        const bool mine = model_.held_in_mode(i, Mode::exclusive);
        FUZZ_REQUIRE(state::is_exclusive(word) == model_.is_exclusive(i));
        if (!state::is_exclusive(word)) {
            FUZZ_REQUIRE(state::shared_count(word) + held_by_bias(*locks_[i]) ==
                         model_.shared_count(i));
        }
        FUZZ_REQUIRE((word & state::kHandoff) == 0);
        FUZZ_REQUIRE(locks_[i]->exclusive_holder() == (mine ? my_backend() : kNoBackend));
        FUZZ_REQUIRE(calls_.held_by_me(*locks_[i]) == model_.held(i).has_value());
        for (const Mode mode : {Mode::shared, Mode::exclusive}) {
            FUZZ_REQUIRE(calls_.held_by_me_in_mode(*locks_[i], mode) ==
                         model_.held_in_mode(i, mode));
        }
    }

    // Holdings that only the backend's slot knows of.
    static std::uint32_t held_by_bias(const Lock& lock) {
        const detail::Backend& self = detail::this_backend;
        const HeldEntry sought{location_of(&lock, self.base), Mark::biased, Mode::shared};
        std::uint32_t found = 0;
        for (std::uint32_t index = 0; index < self.held(); ++index) {
            if (self.entry(index).load_relaxed() == sought.packed()) ++found;
        }
        return found;
    }

    // Gives everything back, so that the next input begins like the first.
    void clean_up() {
        lwlock::release_all();
        model_.release_all();
        for (std::size_t i = 0; i < kModelLocks; ++i) {
            while (model_.disowned_shared(i) != 0) {
                FUZZ_REQUIRE(model_.release_disowned(i, Mode::shared) == Status::ok);
                locks_[i]->release_disowned(Mode::shared);
            }
            if (model_.is_disowned_exclusive(i)) {
                FUZZ_REQUIRE(model_.release_disowned(i, Mode::exclusive) == Status::ok);
                locks_[i]->release_disowned(Mode::exclusive);
            }
            FUZZ_REQUIRE(state::is_free(locks_[i]->state_word()));
        }
        for (int i = 0; i < 2; ++i) {
            if (observing_[i]) FUZZ_REQUIRE(remove_wait_observer(observers_[i]));
        }
        if (my_backend() != kNoBackend) FUZZ_REQUIRE(lwlock::detach() == Status::ok);
    }

    Input input_;
    Calls calls_;
    Model model_;
    Attached attached_ = Attached::no;
    std::size_t lock_ = 0;
    Lock outside_[kModelLocks];
    Lock* locks_[kModelLocks];
    Variable variables_[kModelVariables];
    WaitObserver observers_[2];
    bool observing_[2] = {false, false};
    NameModel names_[2];
};

}  // namespace
}  // namespace lwlock::tests::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lwlock::tests::fuzz;
    install_misuse_handler();
    reset_machine();
    spaces().make();
    CallSequence(Input(data, size)).run();
    return 0;
}
