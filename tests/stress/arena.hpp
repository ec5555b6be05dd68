/// \file
/// What the workers of the stress test share: locks with data under them, and
/// what each worker did to it. Lies in the user memory of the lock space.
#pragma once

#include <cstdint>

#include "lwlock/lwlock.hpp"
#include "tests/support/barrier.hpp"

namespace lwlock::tests {

inline constexpr std::uint32_t kMaxCells = 16;
inline constexpr std::uint32_t kMaxWorkers = 256;
inline constexpr std::uint32_t kMails = 4;

/// A lock and data that only holders may touch. The plain members are there for
/// ThreadSanitizer too, which must see the lock order their accesses.
struct alignas(64) Cell {
    Lock lock;
    Variable variable;
    atomics::Atomic32 readers;  ///< shared holders inside, counted without ordering
    atomics::Atomic32 writers;
    std::uint64_t value = 0;  ///< exclusive holdings so far
    std::uint64_t complement = ~std::uint64_t{0};
    std::uint64_t sequence = 0;  ///< the last value given to the variable

    /// The invariants of a holder, checked from inside; a holder calls enter()
    /// after acquiring and leave() before releasing. They end the process.
    void enter(Mode mode);
    void leave(Mode mode);
};

/// What worker `i` did, written by it alone.
struct alignas(64) WorkerLine {
    atomics::Atomic64 steps;
    atomics::Atomic64 waits_seen;            ///< by its wait observer; written at the end
    atomics::Atomic32 tranches;              ///< that it has defined
    atomics::Atomic64 additions[kMaxCells];  ///< exclusive holdings of each cell
};

struct Arena {
    explicit Arena(std::uint32_t worker_count) : workers(worker_count), barrier(worker_count) {}

    std::uint64_t progress() const;
    std::uint64_t waits_seen() const;
    std::uint32_t tranches() const;
    /// Returns once the janitor has released all that was given to it.
    void await_empty_mails() const;
    /// At a moment when nobody holds or waits: all locks free, all holdings
    /// accounted for. Ends the process if not.
    void check_at_rest(std::uint32_t locks) const;

    std::uint32_t workers;
    Barrier barrier;
    atomics::Atomic64 rounds;
    atomics::Atomic32 over;           ///< workers: this was the last round
    atomics::Atomic32 helpers_over;   ///< canceller and janitor
    atomics::Atomic32 mails[kMails];  ///< disowned holdings, see mail_of(); 0 is empty
    Cell cells[kMaxCells];
    WorkerLine lines[kMaxWorkers];
};

/// A disowned holding as a number, and back.
constexpr std::uint32_t mail_of(std::uint32_t cell, Mode mode) {
    return cell * 2 + (mode == Mode::shared ? 1 : 0) + 1;
}
constexpr std::uint32_t cell_of(std::uint32_t mail) { return (mail - 1) / 2; }
constexpr Mode mode_of(std::uint32_t mail) {
    return (mail - 1) % 2 == 1 ? Mode::shared : Mode::exclusive;
}

/// Prints and ends the process.
[[noreturn]] void broken(const char* invariant, std::uint64_t found);

}  // namespace lwlock::tests
