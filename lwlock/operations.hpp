/// \file
/// The operations of a lock with a status each, which the C++ and the C
/// interface put into their own words. Internal to the library.
#pragma once

#include "lwlock/last_error.hpp"
#include "lwlock/lock.hpp"

namespace lwlock::detail {

Status acquire_or_wait(LockWords& lock, Mode mode);
Status wait_for_var(LockWords& lock, const Variable& variable, std::uint64_t old_value,
                    std::uint64_t& new_value);
Status update_var(LockWords& lock, Variable& variable, std::uint64_t value);
Status disown(LockWords& lock, Mode& mode);
Status release_disowned(LockWords& lock, Mode mode);

/// Whether the backend holds the lock exclusively.
bool holds_exclusively(const Backend& self, const LockWords* lock);

}  // namespace lwlock::detail
