// Joining a damaged lock space, and working in it as far as it lets one: an
// error or a safe refusal, never a crash, a hang, or a look outside.

#include <cstring>
#include <span>

#include "calls.hpp"
#include "damage.hpp"
#include "guarded_memory.hpp"
#include "input.hpp"
#include "lwlock/lwlock.hpp"
#include "machine.hpp"
#include "require.hpp"
#include "sample_segment.hpp"

namespace lwlock::tests::fuzz {
namespace {

constexpr unsigned kMostCalls = 100;

GuardedMemory& memory() {
    static GuardedMemory instance(sample_segment().layout.size);
    return instance;
}

class Visitor {
  public:
    explicit Visitor(Input input) : input_(input), sample_(sample_segment()) {}

    void run() {
        available_ = sample_.layout.size;
        if (input_.below(8) == 0) available_ = input_.take<std::uint32_t>() % (available_ + 1);
        memory().show(sample_.descriptor, available_);
        for (unsigned count = input_.below(8); count > 0; --count) harm({});
        if (join()) work();
    }

  private:
    void harm(Untouchable untouchable) {
        damage(input_, memory().data(), available_, sample_.layout, untouchable);
    }

    bool join() {
        // Whatever it finds, opening does not write.
        memory().set_writable(false);
        const Status status = LockSpace::open_at(memory().data(), available_, space_);
        memory().set_writable(true);
        FUZZ_REQUIRE(status == Status::ok || status == Status::bad_segment ||
                     status == Status::bad_version || status == Status::damaged_segment);
        if (status != Status::ok) return false;
        FUZZ_REQUIRE(space_.size() <= available_);
        const auto* const user = static_cast<std::byte*>(space_.user_memory());
        FUZZ_REQUIRE(lies_inside(user, space_.user_bytes()));
        FUZZ_REQUIRE(space_.backends_ever_used() <= space_.backends());
        return true;
    }

    bool lies_inside(const void* begin, std::size_t bytes) const {
        const auto* const at = static_cast<const std::byte*>(begin);
        return at >= memory().data() && bytes <= space_.size() &&
               static_cast<std::size_t>(at - memory().data()) <= space_.size() - bytes;
    }

    void work() {
        for (unsigned call = 0; call < kMostCalls && !input_.empty(); ++call) {
            calls_.choose(input_.flip());
            script_sleeps(0);
            one_call();
        }
        release_all();
        if (my_backend() != kNoBackend) FUZZ_REQUIRE(calls_.detach() == Status::ok);
    }

    // The owner's own slot is not damaged after it attached: who can write
    // there can do anything to it.
    Untouchable own_slot() const {
        if (my_backend() == kNoBackend) return {};
        const std::size_t begin = space_.view().layout.slots + my_backend() * sizeof(Slot);
        return {.begin = begin, .end = begin + sizeof(Slot)};
    }

    void one_call() {
        switch (input_.below(16)) {
            case 0:
            case 1: return attach();
            case 2: return detach();
            case 3: return acquire();
            case 4: return acquire_cancellable();
            case 5: return try_acquire();
            case 6: return release();
            case 7: return use_variable();
            case 8: return disown();
            case 9: return report();
            case 10: return define();
            case 11: return look_up();
            case 12: return show_names();
            case 13: return cancel();
            case 14: return harm(own_slot());
            default: return acquire_or_wait();
        }
    }

    Mode any_mode() { return input_.flip() ? Mode::shared : Mode::exclusive; }
    const char* any_name() {
        constexpr const char* kOther[] = {"other", "x", ""};
        const std::uint32_t which = input_.below(6);
        return which < 3 ? kSampleNames[which] : kOther[which - 3];
    }

    // One that lies in the segment, if it has any.
    Lock* any_lock() {
        const std::uint32_t which = input_.below(12);
        const detail::SegmentView& view = space_.view();
        const bool in_user = which >= kSampleLocks;
        const std::uint64_t begin = in_user ? view.layout.user : view.layout.locks;
        const std::uint64_t index = in_user ? which - kSampleLocks : which;
        Lock* const lock = space_.lock_at(begin + index * sizeof(Lock));
        FUZZ_REQUIRE(lock == nullptr || lies_inside(lock, sizeof(Lock)));
        return lock;
    }

    void attach() {
        const Status status = calls_.attach(space_);
        FUZZ_REQUIRE(status == Status::ok || status == Status::no_free_slot ||
                     status == Status::already_attached);
        FUZZ_REQUIRE(status != Status::ok || my_backend() < space_.backends());
    }

    void detach() {
        const Status status = calls_.detach();
        FUZZ_REQUIRE(status == Status::ok || status == Status::not_attached ||
                     status == Status::holds_locks);
    }

    void acquire() {
        Lock* const lock = any_lock();
        if (lock == nullptr) return;
        const Deadline deadline = Deadline::after(input_.time());
        script_sleeps(input_.take<std::uint32_t>());
        const Mode mode = any_mode();
        const std::size_t before = held_count();
        const Status status = calls_.acquire_until(*lock, mode, deadline);
        FUZZ_REQUIRE(held_count() == before + (succeeded(status) ? 1 : 0));
    }

    void acquire_cancellable() {
        Lock* const lock = any_lock();
        if (lock == nullptr) return;
        const Deadline deadline = Deadline::after(input_.time());
        script_sleeps(input_.take<std::uint32_t>());
        const Status status = calls_.acquire_cancellable(*lock, any_mode(), deadline);
        FUZZ_REQUIRE(status != Status::busy);
    }

    void try_acquire() {
        if (Lock* const lock = any_lock()) calls_.try_acquire(*lock, any_mode());
    }

    // These two wait without a deadline, so only where they need not.
    void acquire_or_wait() {
        Lock* const lock = any_lock();
        if (lock == nullptr || !state::is_lockable(lock->state_word(), Mode::exclusive)) return;
        calls_.acquire_or_wait(*lock, any_mode());
    }

    void use_variable() {
        Lock* const lock = any_lock();
        if (lock == nullptr) return;
        std::uint64_t value = 0;
        if (!state::is_exclusive(lock->state_word())) {
            calls_.wait_for_var(*lock, variable_, 0, value);
        }
        calls_.update_var(*lock, variable_, input_.take<std::uint8_t>());
    }

    void release() {
        Lock* const lock = any_lock();
        if (lock == nullptr) return;
        const bool held = calls_.held_by_me(*lock);
        FUZZ_REQUIRE((calls_.release(*lock) == Status::ok) == held);
    }

    void disown() {
        Lock* const lock = any_lock();
        if (lock == nullptr) return;
        Mode mode = Mode::shared;
        if (calls_.disown(*lock, mode) != Status::ok) mode = any_mode();
        calls_.release_disowned(*lock, mode);
    }

    void report() {
        const BackendNumber number = input_.flip() ? input_.below(4) : input_.take<std::uint32_t>();
        BackendReport report;
        const bool known = space_.report(number, report);
        FUZZ_REQUIRE(known == (number < space_.backends()));
        if (!known) return;
        FUZZ_REQUIRE(report.waiting <= WaitKind::variable);
        FUZZ_REQUIRE(report.held_count <= kMaxHeldLocks);
        look_at(report.wait_location);
        for (std::uint32_t i = 0; i < report.held_count; ++i) look_at(report.held[i].location);
    }

    void look_at(Location location) {
        const Lock* const lock = space_.lock_at(location);
        if (lock == nullptr) return;
        FUZZ_REQUIRE(lies_inside(lock, sizeof(Lock)));
        sink_ = sink_ + lock->state_word() + lock->exclusive_holder();
    }

    void define() {
        std::uint16_t id = input_.take<std::uint16_t>();
        const char* const name = any_name();
        switch (input_.below(3)) {
            case 0: space_.new_tranche(name, id); break;
            case 1: space_.register_tranche(id, name); break;
            default: space_.request_tranche(name, input_.take<std::uint32_t>(), id); break;
        }
    }

    void look_up() {
        std::uint16_t id = 0;
        space_.find_tranche(any_name(), id);
        std::span<Lock> locks;
        if (space_.named_tranche(any_name(), locks) != Status::ok) return;
        FUZZ_REQUIRE(lies_inside(locks.data(), locks.size_bytes()));
        for (const Lock& lock : locks.first(std::min<std::size_t>(locks.size(), 16))) {
            sink_ = sink_ + lock.tranche();
        }
    }

    void show_names() {
        char text[kMaxTrancheName + 1];
        const auto id = input_.take<std::uint16_t>();
        space_.tranche_name(id, text);
        FUZZ_REQUIRE(std::memchr(text, '\0', sizeof text) != nullptr);
        sink_ = sink_ + space_.statistics(id).wakes;
        if (const Lock* const lock = any_lock()) {
            FUZZ_REQUIRE(std::strlen(wait_event_name(*lock)) <= kMaxTrancheName);
        }
    }

    void cancel() {
        const BackendNumber number = input_.flip() ? input_.below(4) : input_.take<std::uint32_t>();
        calls_.cancel_wait(space_, number);
        if (input_.flip()) calls_.reset_cancel();
    }

    Input input_;
    Calls calls_;
    const SampleSegment& sample_;
    std::size_t available_ = 0;
    LockSpace space_;
    Variable variable_;
    volatile std::uint64_t sink_ = 0;  // so that every look is made
};

}  // namespace
}  // namespace lwlock::tests::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lwlock::tests::fuzz;
    install_misuse_handler();
    reset_machine();
    Visitor(Input(data, size)).run();
    return 0;
}
