/// \file
/// The memory that all processes of a run share: the gate that lets backends
/// run, what each backend does and has done, and the data that the locks guard.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atomics/word.hpp"
#include "lwlock/lock.hpp"
#include "tools/torture/role.hpp"

namespace lwlock::torture {

using atomics::Atomic32;
using atomics::Atomic64;

/// What the coordinator wants of the backends. Backends look between two
/// operations and sleep on `sequence` while they are not to work.
struct Gate {
    enum Command : std::uint32_t { run = 0, drain = 1, stop = 2 };

    Atomic32 sequence;  ///< advanced at every change of the other two
    Atomic32 command;
    Atomic32 active;  ///< backends with this number and above rest
};

/// Where in its loop a backend is.
enum class Phase : std::uint32_t {
    absent,     ///< not attached yet
    between,    ///< holds nothing, waits for nothing
    acquiring,  ///< inside an acquiring or waiting call
    inside,     ///< holds the lock
    releasing,  ///< inside a releasing call
    parked,     ///< at the gate
    finished,   ///< has left its loop
};
const char* name_of(Phase phase);

/// Written by its backend alone, `cancels_asked` and `stop_for` excepted.
struct alignas(64) Record {
    Atomic32 process;
    Atomic32 thread;
    Atomic32 slot;  ///< number of its slot in the lock space + 1, 0 without one
    Atomic32 phase;
    Atomic32 lock;         ///< index of the lock concerned, while in a phase with one
    Atomic64 phase_since;  ///< CLOCK_MONOTONIC nanoseconds

    Atomic64 operations;    ///< calls that ended, in whatever way
    Atomic64 acquisitions;  ///< of them, with the lock held
    Atomic64 slept;         ///< acquisitions that had to wait
    Atomic64 busy;
    Atomic64 timed_out;
    Atomic64 canceled;
    Atomic64 without;  ///< waiters and watchers: waits that ended, as they do, without the lock
    Atomic64 longest;  ///< nanoseconds that one call took, whatever it was
    Atomic64 checks;   ///< invariants looked at
    Atomic64 signals;  ///< runs of the signal handler

    Atomic64 cancels_asked;
    Atomic64 stop_for;  ///< threads: nanoseconds to stand still in the next signal handler
    Atomic32 standing;  ///< 1 while it does
};

/// What one lock protects.
struct alignas(64) Guarded {
    Atomic32 readers;  ///< inside now
    Atomic32 writers;
    Atomic64 writes;  ///< exclusive sections begun, counted atomically

    // Plain memory, as a user of the lock would have it: nothing but the lock
    // orders these, and a thread sanitizer may look. Equal unless a writer is
    // inside; volatile, because a reader looks at them more than once.
    volatile std::uint64_t first;
    volatile std::uint64_t second;

    Variable variable;
};

/// An invariant that did not hold.
struct Violation {
    Atomic32 kind;  ///< a Check
    Atomic32 backend;
    Atomic32 lock;
    Atomic64 expected;
    Atomic64 found;
    Atomic64 when;  ///< CLOCK_MONOTONIC nanoseconds
};
inline constexpr std::uint32_t kNobody = UINT32_MAX;
inline constexpr std::size_t kKeptViolations = 16;

struct ArenaHeader {
    Gate gate;
    Atomic64 violations;  ///< all of them; the first few are kept
    Violation kept[kKeptViolations];
};

/// The arena as one process sees it.
struct Arena {
    ArenaHeader* header = nullptr;
    Record* records = nullptr;   ///< by backend
    Guarded* guarded = nullptr;  ///< by lock
    std::byte* locks = nullptr;
    unsigned backends = 0;
    unsigned lock_count = 0;

    static std::size_t required_bytes(unsigned backends, unsigned locks, std::size_t lock_size);
    /// `memory` is zeroed once, and aligned to 64 bytes.
    static Arena at(void* memory, unsigned backends, unsigned locks);

    Gate& gate() const { return header->gate; }
    std::uint64_t total_operations() const;
};

/// Stands at the gate until this backend is to work.
/// \return false when it is to leave its loop
bool pass_gate(const Arena& arena, unsigned backend);
void set_gate(const Arena& arena, Gate::Command command, unsigned active);

void enter_phase(Record& record, Phase phase, std::int64_t now);
inline Phase phase_of(const Record& record) {
    return static_cast<Phase>(record.phase.load_acquire());
}

/// Adds to a counter that only one backend writes.
inline void count(Atomic64& counter) { counter.store_relaxed(counter.load_relaxed() + 1); }

}  // namespace lwlock::torture
