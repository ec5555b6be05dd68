/// \file
/// The operations of a lock with a status each, through the C++ or the C
/// interface. In C++, what has no status calls the misuse handler, which throws
/// the status here.
#pragma once

#include <cstdint>

#include "lwlock/lwlock.hpp"

namespace lwlock::tests::fuzz {

/// Replaces the process's misuse handler by one that throws to Calls, after
/// checking that the message fits any buffer.
void install_misuse_handler();

class Calls {
  public:
    /// `in_c`: whether the next operation goes through the C interface.
    void choose(bool in_c) { in_c_ = in_c; }

    Status acquire(Lock& lock, Mode mode);
    Status try_acquire(Lock& lock, Mode mode);
    Status acquire_until(Lock& lock, Mode mode, Deadline deadline);
    Status acquire_cancellable(Lock& lock, Mode mode, Deadline deadline);
    Status acquire_or_wait(Lock& lock, Mode mode);
    Status release(Lock& lock);
    Status release_clear_var(Lock& lock, Variable& variable, std::uint64_t value);
    void release_all();
    /// `mode` is only written on success.
    Status disown(Lock& lock, Mode& mode);
    Status release_disowned(Lock& lock, Mode mode);
    /// ok: not held exclusively; waited: the variable differs.
    Status wait_for_var(Lock& lock, const Variable& variable, std::uint64_t old_value,
                        std::uint64_t& new_value);
    Status update_var(Lock& lock, Variable& variable, std::uint64_t value);

    Status attach(const LockSpace& space);
    Status detach();
    Status cancel_wait(const LockSpace& space, BackendNumber backend);
    void reset_cancel();

    bool held_by_me(const Lock& lock);
    bool held_by_me_in_mode(const Lock& lock, Mode mode);

  private:
    bool in_c_ = false;
};

}  // namespace lwlock::tests::fuzz
