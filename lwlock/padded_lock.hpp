/// \file
/// A lock that shares its cache lines with nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lwlock/lock.hpp"

namespace lwlock {

/// A lock and two cache lines for it, since processors fetch lines in pairs: the
/// place of PostgreSQL's LWLockPadded. Neighbours in an array of these do not slow each
/// other down, as those in an array of Lock do when they are hot at the same time.
/// All zero bytes is a valid, free lock.
struct alignas(128) PaddedLock {
    Lock lock;
};
static_assert(sizeof(PaddedLock) == 128 && offsetof(PaddedLock, lock) == 0);

/// How much of SpaceOptions::locks a padded lock of a named tranche takes.
inline constexpr std::uint32_t kPaddedLockRoom = sizeof(PaddedLock) / sizeof(Lock);

}  // namespace lwlock
