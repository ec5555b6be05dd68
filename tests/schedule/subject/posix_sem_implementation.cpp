// The baseline under the search: its own sources, on semaphores and a spin
// delay made of the simulated machine.

#include <array>
#include <cstring>

#include "atomics/futex.hpp"
#include "atomics/spin.hpp"
#include "bench/baselines/semaphore_lwlock_impl.hpp"
#include "tests/schedule/subject/implementation.hpp"

namespace lwlock::bench::baselines {

// Others run in the meantime; there is no time to learn from.
void SpinDelay::pause() { atomics::spin_pause(); }
SpinDelay::~SpinDelay() = default;

/// POSIX semaphores as the contract has them, on a futex.
class SimulatedSemaphores {
  public:
    static constexpr const char* kName = "simulated";

    static std::size_t required_bytes(unsigned count) { return count * sizeof(Atomic32); }
    SimulatedSemaphores(void* memory, unsigned /*count*/)
        : semaphores_(static_cast<Atomic32*>(memory)) {}
    void destroy() {}

    void lock(unsigned number) {
        Atomic32& semaphore = semaphores_[number];
        for (;;) {
            std::uint32_t value = semaphore.load_relaxed();
            while (value > 0) {
                if (semaphore.cas_acquire(value, value - 1)) return;
            }
            atomics::futex_wait(semaphore, 0, atomics::Deadline::never(), atomics::Scope::shared);
        }
    }
    void unlock(unsigned number) {
        semaphores_[number].fetch_add_release(1);
        atomics::futex_wake(semaphores_[number].address(), 1, atomics::Scope::shared);
    }
    Atomic32& semaphore(unsigned number) { return semaphores_[number]; }

  private:
    Atomic32* semaphores_;
};

template class SemaphoreWorld<SimulatedSemaphores>;
template struct SemaphoreLwlock<SimulatedSemaphores>;

}  // namespace lwlock::bench::baselines

namespace lwlock::tests::schedule {
namespace {

namespace baselines = lwlock::bench::baselines;
using World = baselines::SemaphoreWorld<baselines::SimulatedSemaphores>;
using Operations = baselines::SemaphoreLwlock<baselines::SimulatedSemaphores>;

constexpr std::size_t kHeldInUse = 8;

class PosixSemImplementation final : public Implementation {
  public:
    PosixSemImplementation() {
        for (std::size_t i = 0; i < kMaxBackends; ++i) {
            world_.attach(static_cast<unsigned>(i));
            const std::span<std::byte> data = thread_local_data()[0];
            std::memcpy(attached_[i].data(), data.data(), data.size());
        }
    }

    const char* name() const override { return "posix_sem"; }
    bool has_bias() const override { return false; }
    bool supports(Verb verb) const override {
        switch (verb) {
            case Verb::acquire:
            case Verb::try_acquire:
            case Verb::acquire_or_wait:
            case Verb::wait_for_var:
            case Verb::wait_for_other:
            case Verb::update_var:
            case Verb::update_equal:
            case Verb::update_and_stay:
            case Verb::wait_for_stay:
            case Verb::release_clear_var:
            case Verb::stay:
            case Verb::meet:
            case Verb::reentrant:
            case Verb::nested:
            case Verb::nested_shared: return true;
            default: return false;
        }
    }

    void describe(Machine& machine, const Program& program) override {
        machine_ = &machine;
        program_locks_ = program.locks();
        restart();
        for (atomics::Atomic64& variable : variables_) variable.store_relaxed(0);
        baton_.store_relaxed(0);
        Places& places = machine.places();
        const auto share = [&](const auto& word, std::string name) {
            places.add_shared(word.address(), sizeof word,
                              machine.memory().add(std::move(name), word.load_relaxed()));
        };
        for (std::size_t lock = 0; lock < program_locks_; ++lock) {
            share(locks_[lock].state, "state" + std::to_string(lock));
            share(variables_[lock], "variable" + std::to_string(lock));
        }
        if (program.uses(Verb::update_and_stay) || program.uses(Verb::stay)) share(baton_, "baton");
        for (unsigned i = 0; i < program.backends.size(); ++i) {
            share(world_.backend(i).wait_state, "wait_state of b" + std::to_string(i));
            share(world_.semaphores().semaphore(i), "semaphore of b" + std::to_string(i));
        }
    }

    // The part of it that is used.
    bool has_other_stacks(std::size_t) const override { return false; }
    LocalData thread_local_data() override {
        auto& own = baselines::own_backend<baselines::SimulatedSemaphores>;
        return {std::span(reinterpret_cast<std::byte*>(&own), kLocalBytes)};
    }
    void enter(std::size_t backend) override {
        std::memcpy(thread_local_data()[0].data(), attached_[backend].data(), kLocalBytes);
    }
    void restart() override {
        for (std::size_t lock = 0; lock < kMaxLocks; ++lock) Operations::init(locks_[lock], 0);
        for (unsigned i = 0; i < kMaxBackends; ++i) {
            baselines::SharedBackend& backend = world_.backend(i);
            backend.wait_mode = baselines::WaitMode::exclusive;
            backend.next = backend.previous = 0;
        }
    }

    void acquire(std::size_t lock, Mode mode) override { Operations::acquire(locks_[lock], mode); }
    bool try_acquire(std::size_t lock, Mode mode) override {
        return Operations::try_acquire(locks_[lock], mode);
    }
    bool acquire_or_wait(std::size_t lock, Mode mode) override {
        return Operations::acquire_or_wait(locks_[lock], mode);
    }
    bool wait_for_var(std::size_t lock, std::uint64_t old_value,
                      std::uint64_t& new_value) override {
        return Operations::wait_for_var(locks_[lock], variables_[lock], old_value, new_value);
    }
    void update_var(std::size_t lock, std::uint64_t value) override {
        Operations::update_var(locks_[lock], variables_[lock], value);
    }
    void release(std::size_t lock) override { Operations::release(locks_[lock]); }
    void release_clear_var(std::size_t lock, std::uint64_t value) override {
        Operations::release_clear_var(locks_[lock], variables_[lock], value);
    }

    // What supports() denies.
    Status acquire_until(std::size_t, Mode, atomics::Deadline) override { return Status::busy; }
    Status acquire_cancellable(std::size_t, Mode, atomics::Deadline) override {
        return Status::busy;
    }
    void cancel(std::size_t) override {}
    void reset_cancel() override {}
    void release_all() override {}
    void disown(std::size_t) override {}
    void release_disowned(std::size_t, Mode) override {}
    void requeue(std::size_t) override {}
    Status request(std::size_t, std::size_t, Mode, Requester&) override { return Status::busy; }
    bool cancel_request(std::size_t) override { return false; }
    std::size_t poll(atomics::Deadline) override { return 0; }

    atomics::Atomic32& baton() override { return baton_; }

    std::span<std::byte> memory(std::size_t lock) override {
        return std::as_writable_bytes(std::span(&locks_[lock], 1));
    }

    const char* after_write(const Write& /*write*/) override { return nullptr; }
    const char* after_acquire(std::size_t, std::size_t, Mode) override { return nullptr; }
    const char* between_operations(std::size_t) override { return nullptr; }

    const char* may_sleep(std::size_t /*backend*/, const Sleep& /*sleep*/) override {
        for (std::size_t lock = 0; lock < program_locks_; ++lock) {
            if ((locks_[lock].state.load_relaxed() & baselines::bits::kHeld) != 0) return nullptr;
        }
        return "sleeps although every lock is free, and nobody is awake: its wake was lost";
    }

    const char* at_end() override {
        for (std::size_t lock = 0; lock < program_locks_; ++lock) {
            const std::uint32_t state = locks_[lock].state.load_relaxed();
            if ((state & baselines::bits::kHeld) != 0) return "everybody finished with a lock held";
            if ((state & baselines::bits::kHasWaiters) != 0 || locks_[lock].head != 0) {
                return "everybody has finished, and the wait list is not empty";
            }
        }
        for (unsigned i = 0; i < machine_->backends(); ++i) {
            if (world_.semaphores().semaphore(i).load_relaxed() != 0) return "a post was left over";
        }
        return nullptr;
    }

    // PostgreSQL keeps both kinds of waiters under one mode, LW_WAIT_UNTIL_FREE,
    // and LWLockUpdateVar() wakes all of that mode: a lock is to be used either
    // with LWLockAcquireOrWait() or with variables.
    bool updates_end_waits() const override { return true; }
    bool is_held(std::size_t lock) override {
        return (locks_[lock].state.load_relaxed() & baselines::bits::kHeld) != 0;
    }
    std::uint32_t most_wakes(std::size_t /*backends*/) const override { return UINT32_MAX; }

    Hash state_hash() override {
        Hash hash = 0;
        for (std::size_t lock = 0; lock < program_locks_; ++lock) {
            hash = mix(hash, std::uint64_t{locks_[lock].head} << 32 | locks_[lock].tail);
        }
        for (unsigned i = 0; i < machine_->backends(); ++i) {
            const baselines::SharedBackend& backend = world_.backend(i);
            hash = mix(hash, std::uint64_t{backend.next} << 32 | backend.previous << 8 |
                                 static_cast<unsigned>(backend.wait_mode));
        }
        return hash;
    }

    std::string describe_value(const void* address, std::uint64_t value) const override {
        for (const auto& lock : locks_) {
            if (address != lock.state.address()) continue;
            std::string text = "{held " + std::to_string(value & baselines::bits::kHeld);
            if ((value & baselines::bits::kHasWaiters) != 0) text += " waiters";
            if ((value & baselines::bits::kReleaseOk) != 0) text += " release-ok";
            if ((value & baselines::bits::kListLocked) != 0) text += " list-locked";
            return text + '}';
        }
        return std::to_string(value);
    }
    std::string describe_address(const void* /*address*/) const override { return "a word"; }
    std::string describe_bitset(std::uint32_t /*bitset*/) const override { return "any"; }

  private:
    static constexpr std::size_t kLocalBytes =
        sizeof(baselines::OwnBackend<baselines::SimulatedSemaphores>) -
        (baselines::kMaxHeld - kHeldInUse) * sizeof(baselines::HeldLock);

    alignas(128) std::array<std::byte, 128 * kMaxBackends + 4 * kMaxBackends> world_memory_{};
    World world_{world_memory_.data(), kMaxBackends};
    std::array<baselines::SemaphoreLock, kMaxLocks> locks_;
    std::array<atomics::Atomic64, kMaxLocks> variables_;
    atomics::Atomic32 baton_;
    std::array<std::array<std::byte, kLocalBytes>, kMaxBackends> attached_;
    Machine* machine_ = nullptr;
    std::size_t program_locks_ = 0;
};

}  // namespace

std::unique_ptr<Implementation> make_posix_sem() {
    return std::make_unique<PosixSemImplementation>();
}

}  // namespace lwlock::tests::schedule
