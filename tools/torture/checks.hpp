/// \file
/// The invariants: inside a critical section, after a call, and when all rest.
#pragma once

#include "lwlock/space.hpp"
#include "tools/torture/arena.hpp"

namespace lwlock::torture {

enum class Check : std::uint32_t {
    writer_alone,           ///< no other writer inside with an exclusive holder
    no_reader_with_writer,  ///< no reader inside with an exclusive holder
    no_writer_with_reader,  ///< no writer inside with a shared holder
    data_consistent,        ///< both copies of the data equal when a section begins
    data_unchanged,         ///< nobody else wrote during the section
    no_lost_update,         ///< the data counts every exclusive section
    held_by_me,             ///< the backend's table names the lock
    holder_named,           ///< the lock names its exclusive holder
    time_out_not_early,     ///< a time-out came at its deadline or later
    cancel_was_asked,       ///< a cancelled wait was cancelled by somebody
    variable_differs,       ///< the wait ended for a value that differs
    lock_free_at_rest,      ///< nobody works, so nobody holds the lock
    handoff_over_at_rest,   ///< nor is it handed to anybody
    slot_empty_at_rest,     ///< nor does a backend's slot name a lock or a wait
    wake_not_lost,          ///< nobody sleeps for a lock that is free
    not_stuck,              ///< a drain comes to its end
    backend_alive,          ///< no process ended before its time
    backend_progressed,     ///< every backend that was let work did work
};
const char* describe(Check check);

/// Counts a violation and keeps it if it is among the first.
void report_violation(const Arena& arena, Check check, unsigned backend, unsigned lock,
                      std::uint64_t expected, std::uint64_t found);

/// The checks of one backend; counts them in its record.
class Checker {
  public:
    Checker(const Arena& arena, unsigned backend) : arena_(arena), backend_(backend) {}

    bool expect(Check check, unsigned lock, std::uint64_t expected, std::uint64_t found);
    bool expect_true(Check check, unsigned lock, bool holds) {
        return expect(check, lock, 1, holds ? 1 : 0);
    }

    /// Around a critical section, with the lock held.
    void enter(unsigned lock, Mode mode);
    void leave(unsigned lock, Mode mode);

  private:
    const Arena& arena_;
    unsigned backend_;
    std::uint64_t seen_ = 0;  ///< the data when the section began
};

/// Looks at everything while every backend is parked; `space` is null for
/// implementations that have none. \return invariants looked at
std::uint64_t check_at_rest(const Arena& arena, const LockSpace* space);

}  // namespace lwlock::torture
