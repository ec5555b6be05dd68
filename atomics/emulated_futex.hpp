/// \file
/// Futexes where the system has none, or none that can be trusted: wait lists
/// in shared memory, and a semaphore for each sleeper.
///
/// A hash table leads from a futex to its bucket. The bucket's spinlock makes
/// the look at the word and the decision to sleep one step, as the kernel does;
/// so a waker that changed the word before finds the sleeper in the list, or the
/// sleeper finds the change. A futex is known by its distance from the table,
/// which is the same in all processes wherever they map the memory.
///
/// A process that is killed asleep stays in its list until a waker comes upon
/// it. One that is killed inside one of these functions leaves its bucket
/// locked; whoever needs it then stops with one line, since its list may be
/// half changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "atomics/semaphore.hpp"
#include "atomics/word.hpp"

namespace lwlock::atomics {

/// The memory of the wait lists. Valid when all zero but for its first members,
/// which format() writes.
class FutexTable {
  public:
    /// Bytes of a table for so many sleepers at a time. When there are more, they
    /// poll.
    static std::size_t required_bytes(std::uint32_t sleepers);

    /// Writes the head of a table in zeroed memory, aligned to 64 bytes. Futexes
    /// from `before` bytes in front of the table to `after` bytes behind its begin
    /// are known to all processes by the same distance. Others are taken for
    /// different ones in every process: a wake there wakes all that sleep at that
    /// distance, whatever their bits, and says that it found nobody.
    void format(std::uint32_t sleepers, std::uint64_t before, std::uint64_t after);

    /// Forgets all sleepers. For the child of a fork, whose copy of private memory
    /// names threads that it does not have.
    void reset();

    /// One sleeping thread. Links are numbers of sleepers plus one, 0 ends a list.
    struct alignas(64) Sleeper {
        Semaphore semaphore;
        Atomic32 process;  ///< who sleeps, 0 while free
        Atomic32 bucket;   ///< in which list; a requeue changes it
        // Under the spinlock of that bucket, and so always relaxed. Atomic for the
        // sake of ThreadSanitizer: when a sleeper goes from one bucket to another in
        // the hands of other processes, it sees no order.
        Atomic64 futex;
        Atomic32 bits;
        Atomic32 next;
        Atomic32 previous;
        Atomic32 queued;  ///< 1: in the list, 0: a waker took it out
    };
    struct alignas(64) Bucket {
        Atomic32 lock;  ///< process id of who is inside, 0 while free
        // Of the same type as a sleeper's links, since either may have to be set:
        Atomic32 first;
        Atomic32 last;
    };
    static_assert(sizeof(Sleeper) == 64 && sizeof(Bucket) == 64);

    static constexpr std::uint32_t kBuckets = 1024;

    Bucket* buckets() { return reinterpret_cast<Bucket*>(this + 1); }
    Sleeper* sleepers() { return reinterpret_cast<Sleeper*>(buckets() + kBuckets); }

  private:
    friend class EmulatedFutex;

    alignas(64) std::uint32_t sleeper_count_;
    std::uint64_t before_;
    std::uint64_t after_;
};
static_assert(sizeof(FutexTable) == 64 && std::is_standard_layout_v<FutexTable>);

/// The operations of futex.hpp on a table. Plain data, as the caller's process
/// sees the table.
class EmulatedFutex {
  public:
    EmulatedFutex(FutexTable& table, Scope scope)
        : table_(table), count_(scope.sleepers()), exact_(scope.kind() == Scope::Kind::process) {}

    FutexResult wait(const Atomic32& word, std::uint32_t expected, Deadline deadline,
                     std::uint32_t bits);
    std::uint32_t wake(const std::uint32_t* word, std::uint32_t count, std::uint32_t bits);
    /// `expected`: null for a requeue that does not compare.
    RequeueOutcome requeue(const Atomic32& from, const std::uint32_t* expected, std::uint32_t wake,
                           const Atomic32& to, std::uint32_t move);

    /// \name Where those that sleep on a word are found
    /// \{
    std::uint64_t futex_at(const void* word) const;
    static std::uint32_t bucket_of(std::uint64_t futex);
    /// \}

  private:
    using Sleeper = FutexTable::Sleeper;
    using Bucket = FutexTable::Bucket;
    class Chain;

    bool known_to_all(std::uint64_t futex) const;
    Sleeper* at(std::uint32_t link) const;
    Sleeper* claim() const;
    void append(std::uint32_t bucket, Sleeper& sleeper) const;
    void unlink(std::uint32_t bucket, Sleeper& sleeper) const;
    bool leave_list(Sleeper& sleeper) const;
    std::uint32_t link_of(const Sleeper& sleeper) const;
    std::uint32_t take_out(std::uint32_t bucket, std::uint64_t futex, std::uint32_t count,
                           std::uint32_t bits, Chain& chain) const;

    FutexTable& table_;
    std::uint32_t count_;  ///< the process's own copy: what is in memory may be damaged
    bool exact_;           ///< the table is of one process, so that every distance is
};

}  // namespace lwlock::atomics
