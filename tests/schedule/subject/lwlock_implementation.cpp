// The library's own lock under the search: compiled from its sources with the
// seam replaced. The checks cite the invariants of docs/state-word.md.

#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "lwlock/lwlock.hpp"
#include "lwlock/wake.hpp"
#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/lwlock_ghost.hpp"

namespace lwlock::tests::schedule {
namespace {

constexpr std::size_t kEntriesInUse = 8;
constexpr std::int64_t kLongestNap = 20'000'000;  // nanoseconds
constexpr state::Word kBothWait = state::kWaitShared | state::kWaitExclusive;

// What the operations work on, in the user memory of the space.
struct Shared {
    Lock locks[kMaxLocks];
    Variable variables[kMaxLocks];
    atomics::Atomic32 baton;
};

class LwlockImplementation final : public Implementation {
  public:
    LwlockImplementation() {
        const SpaceOptions options{
            .backends = kMaxBackends, .locks = 0, .user_bytes = 4096, .futexes = Futexes::system};
        const std::uint64_t size = LockSpace::required_size(options);
        void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED ||
            LockSpace::create_in(memory, size, true, options, space_) != Status::ok) {
            throw std::runtime_error("no memory for a lock space");
        }
        // Biased holdings are not simulated: slots would be shared memory.
        space_.set_tranche_policy(0, {.bias = Bias::off});
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

    const char* name() const override { return "lwlock"; }
    bool supports(Verb /*verb*/) const override { return true; }

    void describe(Machine& machine, const Program& program) override {
        machine_ = &machine;
        locks_ = program.locks();
        Memory& memory = machine.memory();
        Places& places = machine.places();
        const auto share = [&](const auto& word, const char* what, std::size_t number) {
            std::string label = what;
            if (locks_ > 1 || number >= kMaxLocks) label += std::to_string(number);
            places.add_shared(word.address(), sizeof word, memory.add(std::move(label), 0));
        };
        const bool variables = program.uses(Verb::wait_for_var) || program.uses(Verb::update_var) ||
                               program.uses(Verb::release_clear_var) ||
                               program.uses(Verb::update_and_stay);
        const bool disowns = program.uses(Verb::disown) || program.uses(Verb::hand_over);
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            detail::LockWords& words = shared_->locks[lock].words();
            share(words.state, "state", lock);
            share(words.wait_seq, "wait_seq", lock);
            share(words.waiters, "waiters", lock);
            if (disowns) share(words.aux, "aux", lock);
            if (variables) share(shared_->variables[lock].word, "variable", lock);
            places.add_unread(&words.aux, sizeof words.aux);
        }
        const bool meets = program.uses(Verb::hand_over) || program.uses(Verb::update_and_stay) ||
                           program.uses(Verb::stay);
        if (meets) share(shared_->baton, "baton", 0);
        for (std::size_t i = 0; i < program.backends.size(); ++i) {
            Slot& slot = slot_of(i);
            if (program.uses(Verb::cancel)) {
                places.add_shared(slot.cancel.address(), 4,
                                  memory.add("cancel of b" + std::to_string(i), 0));
                places.add_shared(slot.wait_kind.address(), 4,
                                  memory.add("wait_kind of b" + std::to_string(i), 0));
                places.add_shared(slot.wait_location.address(), 8,
                                  memory.add("wait_location of b" + std::to_string(i), 0));
            }
            places.add_constant(&slot.process, 2 * sizeof slot.process);
            places.add_own(&slot, sizeof slot, i);
        }
        const detail::SegmentView& view = space_.view();
        places.add_constant(view.base + view.layout.tranches,
                            view.layout.counters - view.layout.tranches);
        places.add_unread(view.base + view.layout.counters,
                          view.layout.locks - view.layout.counters);
    }

    std::span<std::byte> thread_local_data() override {
        return std::as_writable_bytes(std::span(&detail::this_backend, 1));
    }
    void enter(std::size_t backend) override { detail::this_backend = attached_[backend]; }
    void restart() override {
        ghost_ = {};
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
    Status acquire_cancellable(std::size_t lock, Mode mode) override {
        return at(lock).acquire_cancellable(mode);
    }
    void cancel(std::size_t backend) override {
        space_.cancel_wait(static_cast<BackendNumber>(backend));
    }
    bool acquire_or_wait(std::size_t lock, Mode mode) override {
        return at(lock).acquire_or_wait(mode);
    }
    bool wait_for_var(std::size_t lock, std::uint64_t old_value,
                      std::uint64_t& new_value) override {
        return at(lock).wait_for_var(shared_->variables[lock], old_value, new_value);
    }
    void update_var(std::size_t lock, std::uint64_t value) override {
        at(lock).update_var(shared_->variables[lock], value);
    }
    void release(std::size_t lock) override { at(lock).release(); }
    void release_clear_var(std::size_t lock, std::uint64_t value) override {
        at(lock).release_clear_var(shared_->variables[lock], value);
    }
    void release_all() override { lwlock::release_all(); }
    void disown(std::size_t lock) override {
        ghost_.disown(machine_->current(), lock);
        at(lock).disown();
    }
    void release_disowned(std::size_t lock, Mode mode) override {
        ghost_.release_disowned(machine_->current(), lock);
        at(lock).release_disowned(mode);
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
        return check_slot(write.backend);
    }

    const char* after_acquire(std::size_t backend, std::size_t lock, Mode mode) override {
        return ghost_.check_not_barged(backend, lock, mode);
    }

    const char* between_operations(std::size_t backend) override {
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            if (const char* wrong = ghost_.check_left(backend, lock)) return wrong;
        }
        const Machine::Outside outside(*machine_);
        return check_slot_empty(backend);
    }

    const char* may_sleep(std::size_t backend) override {
        const Slot& slot = slot_of(backend);
        const auto kind = static_cast<WaitKind>(slot.wait_kind.load_relaxed());
        const auto* const lock =
            static_cast<Lock*>(space_.lock_at(slot.wait_location.load_relaxed()));
        if (kind == WaitKind::none || lock == nullptr) return "sleeps, but its slot denies it";
        const state::Word word = lock->state_word();
        // While somebody woken is on the way the others nap, and one of them
        // stands in for who does not arrive: late, but not lost.
        const bool naps = (word & state::kWaking) != 0 && (word & state::kHandoff) == 0;
        if (naps && (kind == WaitKind::shared || kind == WaitKind::exclusive) &&
            machine_->deadline_of(backend) <= machine_->time() + kLongestNap) {
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
                if (state::is_exclusive(word) && variable.word.load_relaxed() == 0) return nullptr;
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
    bool is_held(std::size_t lock) override { return !state::is_free(at(lock).state_word()); }
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
        static constexpr const char* kClasses[] = {"S", "X", "F", "V", "H"};
        std::string text;
        for (int i = 0; i < 5; ++i) {
            if ((bitset >> i & 1) != 0) text += kClasses[i];
        }
        for (std::uint32_t i = 0; i < kMaxBackends; ++i) {
            if ((bitset & waitqueue::backend_bit(i)) != 0) text += " b" + std::to_string(i);
        }
        return text;
    }

  private:
    Lock& at(std::size_t lock) { return shared_->locks[lock]; }
    Slot& slot_of(std::size_t backend) const { return *attached_[backend].slot; }

    // While WAKING is set, a release leaves the bits of takers to who is on the
    // way; who sleeps meanwhile only naps.
    static bool may_stay(state::Word word) {
        if ((word & state::kWaking) == 0) return word == 0;
        return (word & ~(state::kWaking | state::kWaitShared | state::kWaitExclusive)) == 0;
    }

    // I6: the slot names at least what the words hold for this backend.
    const char* check_slot(std::size_t backend) {
        const Slot& slot = slot_of(backend);
        for (std::size_t lock = 0; lock < locks_; ++lock) {
            const Units& units = ghost_.units[backend][lock];
            if (units.shared == 0 && !units.exclusive) continue;
            const Location location =
                location_of(&at(lock), reinterpret_cast<std::uintptr_t>(space_.view().base));
            std::uint32_t shared = 0;
            bool exclusive = false;
            for (std::size_t i = 0; i < kEntriesInUse; ++i) {
                const HeldEntry entry = HeldEntry::unpacked(slot.held.entries[i].load_relaxed());
                if (entry.location != location || entry.mark == Mark::none) continue;
                if (entry.mode == Mode::exclusive) {
                    exclusive = true;
                } else {
                    ++shared;
                }
            }
            if (units.shared > shared || (units.exclusive && !exclusive)) {
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

    static std::string describe_state(state::Word word) {
        std::string text;
        const auto add = [&](const std::string& part) {
            if (!text.empty()) text += ' ';
            text += part;
        };
        // While EXCLUSIVE is set, the holder's number + 1 is in the count.
        const std::string count = std::to_string(state::shared_count(word));
        if (state::is_free(word)) {
            add("free");
        } else {
            add((state::is_exclusive(word) ? "X+" : "S=") + count);
        }
        if ((word & state::kHandoff) != 0) add("HANDOFF");
        if ((word & state::kWaking) != 0) add("WAKING");
        static constexpr const char* kBits[] = {"S", "X", "F", "V", "H"};
        std::string waiters;
        for (int i = 0; i < 5; ++i) {
            if ((word >> (state::kWaitShift + i) & 1) != 0) waiters += kBits[i];
        }
        if (!waiters.empty()) add("waiters:" + waiters);
        return '{' + text + '}';
    }

    std::string describe_entry(std::uint64_t bits) const {
        const HeldEntry entry = HeldEntry::unpacked(bits);
        static constexpr const char* kMarks[] = {"none", "acquiring", "held", "releasing"};
        std::string text = kMarks[static_cast<std::size_t>(entry.mark)];
        if (entry.mark != Mark::none) text += std::string(" ") + name_of(entry.mode);
        return text;
    }

    LockSpace space_;
    Shared* shared_ = nullptr;
    std::array<detail::Backend, kMaxBackends> attached_;
    Machine* machine_ = nullptr;
    std::size_t locks_ = 0;
    Ghost ghost_;
};

}  // namespace

std::unique_ptr<Implementation> make_lwlock() { return std::make_unique<LwlockImplementation>(); }

}  // namespace lwlock::tests::schedule
