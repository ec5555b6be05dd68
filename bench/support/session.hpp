/// \file
/// What one backend of a run notes down and reports.
#pragma once

#include <cstdint>

#include "atomics/word.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/support/wait_times.hpp"
#include "lwlock/status.hpp"

namespace lwlock::bench {

/// Which lock a backend asks for, packed so that it is written in one store.
struct Wish {
    std::uint32_t lock;  ///< by the scenario's own numbering
    Mode mode;

    static constexpr std::uint32_t kNone = 0;
    constexpr std::uint32_t packed() const {
        return (lock + 1) << 1 | static_cast<std::uint32_t>(mode);
    }
    static constexpr Wish unpacked(std::uint32_t bits) {
        return {.lock = (bits >> 1) - 1, .mode = static_cast<Mode>(bits & 1)};
    }
};

/// Counts of one backend, or the sum of several.
struct Counts {
    std::uint64_t shared_waits = 0;
    std::uint64_t exclusive_waits = 0;
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;

    Counts& operator+=(const Counts& other) {
        shared_waits += other.shared_waits;
        exclusive_waits += other.exclusive_waits;
        voluntary_switches += other.voluntary_switches;
        involuntary_switches += other.involuntary_switches;
        return *this;
    }
};

/// A backend's own cache lines in the memory that all share: it writes them,
/// the watchdog reads them meanwhile. All zero before it starts.
struct alignas(128) BackendRecord {
    atomics::Atomic64 operations;   ///< done so far, brought up to date now and then
    atomics::Atomic32 wish;         ///< a packed Wish while it acquires
    atomics::Atomic32 thread;       ///< thread id, 0 before it runs
    atomics::Atomic64 finished_at;  ///< monotonic nanoseconds, 0 before it finished
    Counts counts;                  ///< final when finished_at is set
    char error[160];                ///< why it gave up; empty when it did not
};

/// A backend's side of a run.
class Session {
  public:
    explicit Session(BackendRecord& record) : record_(record) {}

    Counts counts;
    WaitTimes wait_times{};  ///< in ticks()

    /// Acquires. `kObserved`: takes the time of waits too. Reading the clock can
    /// cost as much as the lock, so that is for runs whose speed nobody measures.
    template <Implementation I, bool kObserved>
    void acquire(typename I::Lock& lock, std::uint32_t number, Mode mode) {
        record_.wish.store_relaxed(Wish{number, mode}.packed());
        bool waited;
        if constexpr (kObserved) {
            const std::uint64_t start = ticks();
            waited = acquire_telling_wait<I>(lock, mode);
            if (waited) wait_times.add(ticks() - start);
        } else {
            waited = I::acquire(lock, mode);
        }
        record_.wish.store_relaxed(Wish::kNone);
        if (waited) ++(mode == Mode::shared ? counts.shared_waits : counts.exclusive_waits);
    }

    void show_progress(std::uint64_t operations) { record_.operations.store_relaxed(operations); }

  private:
    BackendRecord& record_;
};

}  // namespace lwlock::bench
