// The library's own lock under the search: compiled from its sources with the
// seam replaced. The checks cite the invariants of docs/state-word.md.

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "lwlock/lwlock.hpp"
#include "lwlock/wake.hpp"
#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/lwlock_async.hpp"
#include "tests/schedule/subject/lwlock_futex_table.hpp"
#include "tests/schedule/subject/lwlock_ghost.hpp"
#include "tests/schedule/subject/lwlock_words.hpp"

namespace lwlock::tests::schedule {
namespace {

constexpr std::int64_t kPatience = 10'000'000;   // nanoseconds; as in acquire.cpp
constexpr std::int64_t kLongestNap = 6'400'000;  // as in bias.cpp
constexpr state::Word kBothWait = state::kWaitShared | state::kWaitExclusive;

// What the operations work on, in the user memory of the space.
struct Shared {
    Lock locks[kMaxLocks];
    Variable variables[kMaxLocks];
    atomics::Atomic32 baton;
    atomics::Atomic32 spare_futexes[8];
};

class LwlockImplementation final : public Implementation {
  public:
    explicit LwlockImplementation(LwlockFutexes futexes) : futexes_(futexes) {
        const SpaceOptions options{.backends = kMaxBackends,
                                   .locks = 0,
                                   .user_bytes = 4096,
                                   .futexes = emulates() ? Futexes::emulated : Futexes::system};
        const std::uint64_t size = LockSpace::required_size(options);
        void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED ||
            LockSpace::create_in(memory, size, true, options, space_) != Status::ok) {
            throw std::runtime_error("no memory for a lock space");
        }
        shared_ = static_cast<Shared*>(space_.user_memory());
        for (detail::Backend& backend : attached_) {
            detail::this_backend = {};
            if (space_.attach() != Status::ok) throw std::runtime_error("cannot attach");
            backend = detail::this_backend;
        }
        detail::this_backend = {};
        set_misuse_handler([](const Misuse& misuse) {
            Machine::running()->fail(std::string(misuse.operation) + ": " +
                                     lwlock::describe(misuse.error));
        });
    }

    const char* name() const override {
        constexpr const char* kNames[] = {"lwlock", "lwlock_emulated", "lwlock_polling"};
        return kNames[static_cast<std::size_t>(futexes_)];
    }
    bool supports(Verb verb) const override {
        return emulates() ? !is_asynchronous(verb) : verb != Verb::requeue;
    }
    bool has_bias() const override { return true; }

    bool has_other_stacks(std::size_t backend) const override { return async_.used_by(backend); }
    void describe(Machine& machine, const Program& program) override {
        machine_ = &machine;
        locks_ = program.locks();
        async_.describe(program);
        Memory& memory = machine.memory();
        Places& places = machine.places();
        const auto share = [&](const auto& word, std::string label, std::uint64_t initial = 0) {
            places.add_shared(word.address(), sizeof word, memory.add(std::move(label), initial));
        };
        biased_ = program.bias != ReadBias::off;
        set_policy(program);
        const bool variables =
            program.uses(Verb::wait_for_var) || program.uses(Verb::wait_for_other) ||
            program.uses(Verb::update_var) || program.uses(Verb::update_equal) ||
            program.uses(Verb::release_clear_var) || program.uses(Verb::update_and_stay);
        const bool disowns = program.uses(Verb::disown) || program.uses(Verb::hand_over);
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            detail::LockWords& words = shared_->locks[lock].words();
            const std::string number = locks_ > 1 ? std::to_string(lock) : "";
            share(words.state, "state" + number, begins_biased(program) ? state::kBiased : 0);
            state_locations_[lock] = static_cast<LocationId>(memory.size() - 1);
            share(words.wait_seq, "wait_seq" + number);
            share(words.waiters, "waiters" + number);
            if (disowns || biased_) share(words.aux, "aux" + number);
            if (variables) share(shared_->variables[lock].word, "variable" + number);
            places.add_unread(&words.aux, sizeof words.aux);
        }
        const bool meets = program.uses(Verb::hand_over) || program.uses(Verb::update_and_stay) ||
                           program.uses(Verb::stay);
        if (meets) share(shared_->baton, "baton");
        for (std::size_t i = 0; i < program.backends.size(); ++i) {
            Slot& slot = slot_of(i);
            const std::string of = " of b" + std::to_string(i);
            if (program.uses(Verb::cancel)) {
                share(slot.cancel, "cancel" + of);
                share(slot.wait_kind, "wait_kind" + of);
                share(slot.wait_location, "wait_location" + of);
            }
            if (biased_) {
                share(slot.drain_seq, "drain_seq" + of);
                share(slot.held.entries[0], "held[0]" + of);
                if (holds_two(program)) {
                    share(slot.held.entries[1], "held[1]" + of);
                    share(slot.watermark, "watermark" + of, 1);
                } else {
                    places.add_constant(&slot.watermark, sizeof slot.watermark);
                }
            }
            places.add_constant(&slot.process, 2 * sizeof slot.process);
            places.add_own(&slot, sizeof slot, i);
        }
        if (emulates()) describe_table(program);
        const detail::SegmentView& view = space_.view();
        places.add_constant(&view.header().slots_ever_used, sizeof(atomics::Atomic32));
        places.add_constant(view.base + view.layout.tranches,
                            view.layout.counters - view.layout.tranches);
        places.add_unread(view.base + view.layout.counters,
                          view.layout.locks - view.layout.counters);
    }

    LocalData thread_local_data() override {
        return {std::as_writable_bytes(std::span(&detail::this_backend, 1)),
                std::as_writable_bytes(std::span(&waitqueue::stand_in, 1))};
    }
    void enter(std::size_t backend) override {
        detail::this_backend = attached_[backend];
        waitqueue::stand_in = nullptr;
    }
    void restart() override {
        ghost_ = {};
        async_.restart();
        for (std::size_t i = 0; i < machine_->backends(); ++i) {
            Slot& slot = slot_of(i);
            slot.cancel.store_relaxed(0);
            slot.wait_kind.store_relaxed(0);
            for (std::size_t entry = 0; entry < kEntriesInUse; ++entry) {
                slot.held.entries[entry].store_relaxed(0);
            }
        }
    }

    // ---- Operations ----

    void acquire(std::size_t lock, Mode mode) override { at(lock).acquire(mode); }
    bool try_acquire(std::size_t lock, Mode mode) override { return at(lock).try_acquire(mode); }
    Status acquire_until(std::size_t lock, Mode mode, atomics::Deadline deadline) override {
        return at(lock).acquire_until(mode, deadline);
    }
    Status acquire_cancellable(std::size_t lock, Mode mode, atomics::Deadline deadline) override {
        return at(lock).acquire_cancellable(mode, deadline);
    }
    void cancel(std::size_t backend) override {
        space_.cancel_wait(static_cast<BackendNumber>(backend));
    }
    void reset_cancel() override { lwlock::reset_cancel(); }
    bool acquire_or_wait(std::size_t lock, Mode mode) override {
        return at(lock).acquire_or_wait(mode);
    }
    bool wait_for_var(std::size_t lock, std::uint64_t old_value,
                      std::uint64_t& new_value) override {
        old_values_[machine_->current()] = old_value;
        return at(lock).wait_for_var(shared_->variables[lock], old_value, new_value);
    }
    void update_var(std::size_t lock, std::uint64_t value) override {
        at(lock).update_var(shared_->variables[lock], value);
    }
    void release(std::size_t lock) override {
        begin_to_leave(lock);
        at(lock).release();
        have_left(lock);
    }
    void release_clear_var(std::size_t lock, std::uint64_t value) override {
        at(lock).release_clear_var(shared_->variables[lock], value);
    }
    void release_all() override {
        for (std::size_t lock = 0; lock < locks_; ++lock) begin_to_leave(lock);
        lwlock::release_all();
        for (std::size_t lock = 0; lock < locks_; ++lock) have_left(lock);
    }
    void disown(std::size_t lock) override {
        begin_to_leave(lock);
        ghost_.disown(machine_->current(), lock);
        at(lock).disown();
        have_left(lock);
    }
    void release_disowned(std::size_t lock, Mode mode) override {
        ghost_.release_disowned(machine_->current(), lock);
        at(lock).release_disowned(mode);
    }
    void requeue(std::size_t lock) override {
        const atomics::Scope scope = space_.view().scope;
        const atomics::Atomic32& from = at(lock).words().wait_seq;
        const atomics::Atomic32& to = in_another_bucket(from);
        atomics::futex_requeue(from, 0, to, atomics::kWakeAll, scope);
        atomics::futex_wake(to.address(), atomics::kWakeAll, scope);
    }

    Status request(std::size_t request, std::size_t lock, Mode mode,
                   Requester& requester) override {
        return async_.request(machine_->current(), request, at(lock), mode, requester);
    }
    bool cancel_request(std::size_t request) override {
        return async_.cancel(machine_->current(), request);
    }
    std::size_t poll(atomics::Deadline deadline) override {
        return async_.poll(machine_->current(), deadline);
    }

    std::span<std::byte> memory(std::size_t lock) override {
        ghost_.freed = true;
        return std::as_writable_bytes(std::span(&at(lock), 1));
    }
    atomics::Atomic32& baton() override { return shared_->baton; }

    // ---- Checks ----

    const char* after_write(const Write& write) override {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (write.address != at(lock).words().state.address()) continue;
            const char* const wrong =
                ghost_.state_changed(write.backend, lock, static_cast<state::Word>(write.before),
                                     static_cast<state::Word>(write.after));
            if (wrong != nullptr) return wrong;
        }
        if (write.address == slot_of(write.backend).drain_seq.address()) {
            ghost_.told_drainer(write.backend);
        }
        for (std::size_t lock = 0; biased_ && lock < locks_; ++lock) {
            ghost_.slot_changed(write.backend, lock, entries_of(write.backend, lock).biased,
                                seen_of(write.backend, lock));
        }
        return check_slot(write.backend);
    }

    const char* after_acquire(std::size_t backend, std::size_t lock, Mode mode) override {
        const Machine::Outside outside(*machine_);
        ghost_.biased[backend][lock].held = ghost_.biased[backend][lock].named;
        return ghost_.check_not_barged(backend, lock, mode, at(lock).state_word());
    }

    const char* between_operations(std::size_t backend) override {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (const char* wrong = ghost_.check_left(backend, lock)) return wrong;
        }
        const Machine::Outside outside(*machine_);
        return check_slot_empty(backend);
    }

    const char* may_sleep(std::size_t backend, const Sleep& sleep) override {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (const char* wrong = ghost_.check_told(backend, lock)) return wrong;
        }
        WaitKind kind = WaitKind::none;
        const Lock* lock = nullptr;
        if (sleep.submitted) {
            kind = kind_of(sleep.bitset);
            lock = lock_of(backend, sleep.word);
        } else {
            const Slot& slot = slot_of(backend);
            kind = static_cast<WaitKind>(slot.wait_kind.load_relaxed());
            lock = static_cast<Lock*>(space_.lock_at(slot.wait_location.load_relaxed()));
        }
        if (kind == WaitKind::none || lock == nullptr) return "sleeps, but its slot denies it";
        const state::Word word = lock->state_word();
        if (const Slot* drained = drained_by(sleep)) {
            return may_wait_for(*drained, sleep, static_cast<std::size_t>(lock - shared_->locks));
        }
        // While somebody woken is on the way the others nap, and one of them
        // stands in for who does not arrive: late, but not lost. So with who began
        // to nap just before the last waiter to leave cleared WAKING.
        const bool naps = sleep.length < kPatience ||
                          ((word & state::kWaking) != 0 && sleep.length % kPatience != 0);
        if (naps && (word & state::kHandoff) == 0 &&
            (kind == WaitKind::shared || kind == WaitKind::exclusive)) {
            return nullptr;
        }
        switch (kind) {
            case WaitKind::shared:
                if (state::is_exclusive(word)) return nullptr;
                if (state::is_free(word)) break;
                if ((word & state::kHandoff) != 0) return nullptr;
                // An exclusive waiter found it held; the release will wake by turns.
                if ((word & kBothWait) == kBothWait) return nullptr;
                break;
            case WaitKind::variable: {
                const Variable& variable = shared_->variables[lock - shared_->locks];
                const bool differs = variable.word.load_relaxed() != old_values_[backend];
                if (state::is_exclusive(word) && !differs) return nullptr;
                break;
            }
            default:
                if (!state::is_free(word)) return nullptr;
        }
        return "sleeps although it could go on, and nobody is awake: its wake was lost (I2, I3)";
    }

    const char* at_end() override {
        for (std::size_t i = 0; i < machine_->backends(); ++i) {
            if (const char* wrong = check_slot_empty(i)) return wrong;
        }
        if (emulates()) {
            if (const char* wrong = table_.check_empty()) return wrong;
        }
        if (ghost_.freed) return nullptr;
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            const state::Word word = at(lock).state_word();
            if (!state::is_free(word)) return "everybody has finished, and the lock is held";
            if ((word & (state::kHandoff | state::kWaitHungry)) != 0) {
                return "everybody has finished, and the hand-off is set (I5)";
            }
            // Other waiter bits may be set although nobody sleeps, until a release;
            // WAKING until the next waiter.
            detail::this_backend = attached_[0];
            at(lock).acquire(Mode::exclusive);
            at(lock).release();
            if (!may_stay(at(lock).state_word())) {
                return "a release without sleepers left bits set";
            }
        }
        return nullptr;
    }

    bool updates_end_waits() const override { return false; }
    bool is_held(std::size_t lock) override {
        for (std::size_t i = 0; i < machine_->backends(); ++i) {
            if (entries_of(i, lock).biased != 0) return true;
        }
        return !state::is_free(at(lock).state_word());
    }
    std::uint32_t most_wakes(std::size_t backends) const override {
        // kMaxPassedOver in acquire.cpp, the wakes in which others were hungry
        // first, and stray ones.
        return static_cast<std::uint32_t>(16 + 2 * backends + 4);
    }

    // Left out: what is only counted or shown, such as the time of a wait.
    Hash state_hash() override {
        Hash hash = mix(0, ghost_.freed ? 1 : 0);
        for (std::size_t i = 0; i < machine_->backends(); ++i) {
            const Slot& slot = slot_of(i);
            hash = mix(hash, std::uint64_t{slot.cancel.load_relaxed()} << 32 |
                                 slot.wait_kind.load_relaxed());
            hash = mix(hash, slot.wait_location.load_relaxed());
            for (std::size_t entry = 0; entry < kEntriesInUse; ++entry) {
                hash = mix(hash, slot.held.entries[entry].load_relaxed());
            }
        }
        if (emulates()) hash = table_.mix_into(hash);
        return ghost_.mix_into(hash, machine_->backends(), locks_);
    }

    // ---- For people ----

    std::string describe_value(const void* address, std::uint64_t value) const override {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (address == shared_->locks[lock].words().state.address()) {
                return describe_state(static_cast<state::Word>(value));
            }
        }
        for (std::size_t i = 0; i < kMaxBackends; ++i) {
            for (const auto& entry : slot_of(i).held.entries) {
                if (address == entry.address()) return describe_entry(value);
            }
        }
        return std::to_string(value);
    }

    std::string describe_address(const void* address) const override {
        for (std::size_t i = 0; i < kMaxBackends; ++i) {
            const Slot& slot = slot_of(i);
            const auto offset =
                reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(&slot);
            if (offset >= sizeof slot) continue;
            if (address == slot.wait_kind.address()) return "wait_kind";
            if (address == slot.wait_location.address()) return "wait_location";
            if (address == slot.cancel.address()) return "cancel";
            if (offset >= offsetof(Slot, held)) {
                return "held[" + std::to_string((offset - offsetof(Slot, held)) / 8) + "]";
            }
            return "slot+" + std::to_string(offset);
        }
        for (const Lock& lock : shared_->locks) {
            if (address == lock.words().aux.address()) return "aux";
        }
        return "a counter";
    }

    std::string describe_bitset(std::uint32_t bitset) const override {
        return describe_sleepers(bitset);
    }

  private:
    Lock& at(std::size_t lock) { return shared_->locks[lock]; }
    Slot& slot_of(std::size_t backend) const { return *attached_[backend].slot; }

    bool emulates() const { return futexes_ != LwlockFutexes::simulated; }
    void describe_table(const Program& program) {
        const atomics::Scope scope = space_.view().scope;
        const std::uint32_t room = futexes_ == LwlockFutexes::polling
                                       ? 1
                                       : static_cast<std::uint32_t>(program.backends.size());
        table_.describe(*machine_, *scope.table(), room, program.uses(Verb::requeue));
        for (detail::Backend& backend : attached_) {
            backend.space.scope = atomics::Scope::emulated(scope.kind(), *scope.table(), room);
        }
    }

    // While WAKING is set, a release leaves the bits of takers to who is on the
    // way; who sleeps meanwhile only naps.
    static bool may_stay(state::Word word) {
        if ((word & state::kWaking) == 0) return word == 0;
        return (word & ~(state::kWaking | state::kWaitShared | state::kWaitExclusive)) == 0;
    }

    const atomics::Atomic32& in_another_bucket(const atomics::Atomic32& futex) const {
        const atomics::Scope scope = space_.view().scope;
        const atomics::EmulatedFutex futexes(*scope.table(), scope);
        const auto bucket_of = [&](const atomics::Atomic32& word) {
            return atomics::EmulatedFutex::bucket_of(futexes.futex_at(word.address()));
        };
        return *std::ranges::find_if(shared_->spare_futexes, [&](const auto& spare) {
            return bucket_of(spare) != bucket_of(futex);
        });
    }

    // ---- Read bias ----

    static bool begins_biased(const Program& program) {
        return program.bias == ReadBias::given || program.bias == ReadBias::fenced;
    }
    static bool holds_two(const Program& program) {
        return program.uses(Verb::reentrant) || program.uses(Verb::self_deadlock) ||
               program.uses(Verb::nested) || program.uses(Verb::nested_shared);
    }

    // With bias, slots are shared memory: scans look at no more of it than is used.
    void set_policy(const Program& program) {
        constexpr Bias kPolicies[] = {Bias::off, Bias::always, Bias::always, Bias::always,
                                      Bias::adaptive};
        space_.set_tranche_policy(
            0, {.bias = kPolicies[static_cast<std::size_t>(program.bias)],
                .preference = program.prefers_writers ? Preference::writers : Preference::readers});
        space_.view().header().slots_ever_used.store_relaxed(
            static_cast<std::uint32_t>(program.backends.size()));
        for (detail::Backend& backend : attached_) {
            const std::uint32_t used = program.bias == ReadBias::off ? kEntriesInUse : 1;
            backend.slot->watermark.store_relaxed(used);
            backend.limit = backend.first + used;
            backend.full_fences = backend.space.full_fences = program.bias == ReadBias::fenced;
            for (const Lock& lock : shared_->locks) {
                backend.forget_biased(&lock);
                if (begins_biased(program)) backend.believe_biased(&lock);
            }
        }
    }

    // A release that cannot but find the lock being drained has to tell the drainer.
    void begin_to_leave(std::size_t lock) {
        const std::size_t self = machine_->current();
        const Memory& memory = machine_->memory();
        const LocationId state = state_locations_[lock];
        bool drained = true;
        for (std::size_t age = 0; age < memory.readable(self, state, Order::relaxed); ++age) {
            drained = drained && (memory.peek(state, age) & state::kDraining) != 0;
        }
        Biased& own = ghost_.biased[self][lock];
        own.leaves_under = own.held != 0 && drained ? ghost_.words[lock].drain : 0;
    }
    void have_left(std::size_t lock) { ghost_.biased[machine_->current()][lock].leaves_under = 0; }

    // What the backend last saw of a lock's word.
    state::Word seen_of(std::size_t backend, std::size_t lock) {
        return static_cast<state::Word>(
            machine_->memory().last_loaded(backend, state_locations_[lock]));
    }

    // The slot whose biased reader the backend sleeps for.
    const Slot* drained_by(const Sleep& sleep) const {
        for (std::size_t i = 0; i < machine_->backends(); ++i) {
            const Slot& slot = slot_of(i);
            if (sleep.word == slot.drain_seq.address()) return &slot;
        }
        return nullptr;
    }
    const char* may_wait_for(const Slot& slot, const Sleep& sleep, std::size_t lock) {
        if (slot.drain_seq.load_relaxed() != sleep.expected) {
            return "sleeps on although the reader has told it: its wake was lost";
        }
        const auto reader = static_cast<std::size_t>(&slot - &slot_of(0));
        // A reader that saw no DRAINING leaves without a wake.
        if (entries_of(reader, lock).biased != 0 ||
            sleep.deadline <= machine_->time() + kLongestNap) {
            return nullptr;
        }
        return "sleeps for a reader that has gone";
    }

    // ---- Sleeps that were submitted ----

    // By its class. A hungry one, like one that drains, may sleep while the lock is held.
    static WaitKind kind_of(std::uint32_t bitset) {
        return (bitset & state::kWaitShared >> state::kWaitShift) != 0 ? WaitKind::shared
                                                                       : WaitKind::exclusive;
    }
    // The lock whose word it is, or which the backend drains.
    const Lock* lock_of(std::size_t backend, const void* word) const {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            const Lock& candidate = shared_->locks[lock];
            if (word == candidate.words().wait_seq.address()) return &candidate;
        }
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (ghost_.words[lock].drainer == backend) return &shared_->locks[lock];
        }
        return nullptr;
    }

    // ---- Slots ----

    Entries entries_of(std::size_t backend, std::size_t lock) {
        return schedule::entries_of(
            slot_of(backend),
            location_of(&at(lock), reinterpret_cast<std::uintptr_t>(space_.view().base)));
    }

    // I6: the slot names at least what the words hold for this backend.
    const char* check_slot(std::size_t backend) {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            const Units& units = ghost_.units[backend][lock];
            if (units.shared == 0 && !units.exclusive) continue;
            const Entries entries = entries_of(backend, lock);
            if (units.shared > entries.counted || (units.exclusive && !entries.exclusive)) {
                return "holds a lock that its slot does not name (I6)";
            }
        }
        return nullptr;
    }

    const char* check_slot_empty(std::size_t backend) {
        const Slot& slot = slot_of(backend);
        for (std::size_t i = 0; i < kEntriesInUse; ++i) {
            if (slot.held.entries[i].load_relaxed() != 0) return "its held-lock table is not empty";
        }
        if (slot.wait_kind.load_relaxed() != 0) return "its slot says that it waits";
        return nullptr;
    }

    const LwlockFutexes futexes_;
    SimulatedFutexTable table_;
    LockSpace space_;
    Shared* shared_ = nullptr;
    std::array<detail::Backend, kMaxBackends> attached_;
    Machine* machine_ = nullptr;
    std::size_t locks_ = 0;
    bool biased_ = false;
    std::array<LocationId, kMaxLocks> state_locations_{};
    std::array<std::uint64_t, kMaxBackends> old_values_{};  ///< of wait_for_var()
    Ghost ghost_;
    AsyncQueues async_;
};

}  // namespace

std::unique_ptr<Implementation> make_lwlock(LwlockFutexes futexes) {
    return std::make_unique<LwlockImplementation>(futexes);
}

}  // namespace lwlock::tests::schedule
