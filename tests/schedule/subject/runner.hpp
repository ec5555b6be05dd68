/// \file
/// Runs a program against an implementation, and checks what every lock
/// promises: exclusion, visibility of the protected data, waits that end when
/// they should.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/schedule/machine/machine.hpp"
#include "tests/schedule/machine/subject.hpp"
#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/program.hpp"

namespace lwlock::tests::schedule {

class Runner final : public Subject, private Requester {
  public:
    Runner(Machine& machine, Implementation& implementation)
        : machine_(machine), implementation_(implementation) {}

    /// The machine runs this program from now on.
    void load(const Program& program);

    LocalData thread_local_data() override { return implementation_.thread_local_data(); }
    void enter(std::size_t backend) override { implementation_.enter(backend); }
    void restart() override;
    void run(std::size_t backend) override;
    Hash state_hash() override;
    const char* after_write(const Write& write) override {
        return implementation_.after_write(write);
    }
    bool has_other_stacks(std::size_t backend) const override {
        return implementation_.has_other_stacks(backend);
    }
    const char* may_sleep(std::size_t backend, const Sleep& sleep) override {
        return implementation_.may_sleep(backend, sleep);
    }
    const char* at_end() override;

    std::string describe(const void* address, std::uint64_t value) const override {
        return implementation_.describe_value(address, value);
    }
    std::string describe_address(const void* address) const override {
        return implementation_.describe_address(address);
    }
    std::string describe_bitset(std::uint32_t bitset) const override {
        return implementation_.describe_bitset(bitset);
    }

  private:
    /// What ends a holding.
    enum class End : std::uint8_t { release, clear_var, all };

    /// Number of the holding that a backend has of a lock; 0 for none.
    using Holdings = std::array<std::uint32_t, kMaxBackends>;
    struct LockView {
        Holdings exclusive{};
        Holdings shared{};
        std::uint64_t variable = 0;
    };

    /// The asynchronous requests of a backend, in their order.
    struct Requests {
        std::array<Operation, kMaxRequests> all{};
        std::array<bool, kMaxRequests> pending{};
        std::size_t made = 0;

        bool any_pending() const {
            for (const bool one : pending) {
                if (one) return true;
            }
            return false;
        }
    };

    void perform(const Operation& operation, bool last);
    void request(const Operation& operation);
    void end_of_request(std::size_t request, Status status) override;
    void cancel_request(bool first);
    void finish_requests();
    Requests& requests() { return requests_[machine_.current()]; }
    void hold(const Operation& operation, bool last, End end);
    void got(std::size_t lock, Mode mode);
    void use_data(std::size_t lock, Mode mode, bool last);
    void leave(std::size_t lock, Mode mode, std::size_t backend);
    void finish_timed(const Operation& operation, bool last, Status status,
                      atomics::Deadline deadline);
    void acquire_cancellable(const Operation& operation, bool last, atomics::Deadline deadline);
    void cancel_others();
    void reset_cancel();
    void acquire_or_wait(const Operation& operation, bool last);
    void wait_for_var(const Operation& operation, std::uint64_t old_value);
    void update_var(const Operation& operation, bool last);
    void disown(const Operation& operation, bool last);
    void hand_over(const Operation& operation, bool last);
    void take_over(const Operation& operation, bool last);
    void share_at_once(const Operation& operation, bool last);
    void reenter(const Operation& operation, bool last);
    void deadlock_with_self(const Operation& operation, bool last);
    void nest(const Operation& operation, bool last);
    void free_when_last(const Operation& operation, bool last);

    void check(const char* wrong) {
        if (wrong != nullptr) machine_.fail(wrong);
    }
    LockView& view(std::size_t lock) { return locks_[lock]; }

    Machine& machine_;
    Implementation& implementation_;
    Program program_;
    std::array<LocationId, kMaxLocks> data_{};

    // What the operations' results say, whatever the lock's words say.
    std::array<LockView, kMaxLocks> locks_{};
    std::array<Requests, kMaxBackends> requests_{};
    std::uint32_t holdings_ = 0;
    std::uint32_t done_ = 0;       ///< a bit a backend: it will do nothing but release
    std::uint32_t canceled_ = 0;   ///< a bit a backend: a cancellation may reach it
    std::uint32_t canceling_ = 0;  ///< backends that are about to cancel others
    std::array<std::uint32_t, kMaxBackends> wakes_before_{};
    Mode handed_over_ = Mode::exclusive;
    std::size_t handed_by_ = 0;
};

}  // namespace lwlock::tests::schedule
