/// \file
/// What one backend of a run notes down and reports.
#pragma once

#include <cstdint>

#include "atomics/word.hpp"
#include "bench/buffer_mapping/buffer_pool.hpp"
#include "bench/buffer_mapping/wait_times.hpp"
#include "bench/implementations/implementation.hpp"
#include "lwlock/status.hpp"

namespace lwlock::bench {

/// The outcome of looking a page up: its buffer, pinned.
struct Lookup {
    Buffer buffer;
    bool hit;  ///< the page was there; else a buffer was evicted for it
};

/// Which partition a backend asks for, packed so that it is written in one store.
struct Wish {
    std::uint32_t partition;
    Mode mode;

    static constexpr std::uint32_t kNone = 0;
    constexpr std::uint32_t packed() const {
        return (partition + 1) << 1 | static_cast<std::uint32_t>(mode);
    }
    static constexpr Wish unpacked(std::uint32_t bits) {
        return {.partition = (bits >> 1) - 1, .mode = static_cast<Mode>(bits & 1)};
    }
};

/// Counts of one backend, or the sum of several.
struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t collisions = 0;  ///< another backend inserted the page first
    std::uint64_t retries = 0;     ///< the victim was pinned before it could be taken
    std::uint64_t shared_waits = 0;
    std::uint64_t exclusive_waits = 0;
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;

    Counts& operator+=(const Counts& other) {
        hits += other.hits;
        misses += other.misses;
        collisions += other.collisions;
        retries += other.retries;
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
    atomics::Atomic64 lookups;      ///< done so far, brought up to date now and then
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

    /// Acquires. `kObserved`: takes the time of waits too. Reading the time
    /// costs a good part of a lookup, so that is for runs whose speed nobody
    /// measures.
    template <Implementation I, bool kObserved>
    void acquire(typename I::Lock& lock, std::uint32_t partition, Mode mode) {
        record_.wish.store_relaxed(Wish{partition, mode}.packed());
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

    void show_progress(std::uint64_t lookups) { record_.lookups.store_relaxed(lookups); }

  private:
    BackendRecord& record_;
};

}  // namespace lwlock::bench
