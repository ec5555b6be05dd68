/// \file
/// What a lock implementation has to offer so that every benchmark can run it.
///
/// An implementation is a struct without instances. It names a lock type, a
/// world that the locks live in, and four operations. A new one is one header
/// beside this file and one line in registry.hpp.
///
/// Life of a benchmark run:
///
///     typename I::World world(backends, bytes);       // before fork
///     auto* locks = static_cast<typename I::Lock*>(world.user_memory());
///     for (...) I::init(locks[i]);
///     // in every child process, or every thread:
///     world.attach(number);                           // number < backends, each used once at a
///     time const bool waited = I::acquire(locks[i], Mode::shared); I::release(locks[i],
///     Mode::shared); world.detach();
#pragma once

#include <concepts>
#include <cstddef>

#include "lwlock/status.hpp"

namespace lwlock::bench {

/// \tparam I see the file comment; its members are:
///   - kName: as it stands in benchmark names
///   - kProcesses: whether the locks work across forked processes; if not, backends are threads
///   - kExcludes: whether it is a lock at all; the floor that others are measured against is not
///   - kTellsWait: whether acquire() knows that it had to wait
///   - Lock: lies in zeroed memory of the world; init() makes it usable and free
///   - World(backends, user_bytes): user_memory() is zeroed, page-aligned, and shared with the
///     children that the process forks; throws when the system refuses
///   - acquire(): waits until the lock is held. \return whether it had to wait, if kTellsWait;
///     otherwise false, and acquire_telling_wait() finds out
///   - release(): the mode is that of the acquisition
template <class I>
concept Implementation = requires(typename I::World world, typename I::Lock lock, Mode mode,
                                  unsigned number, std::size_t bytes) {
    { I::kName } -> std::convertible_to<const char*>;
    { I::kProcesses } -> std::convertible_to<bool>;
    { I::kExcludes } -> std::convertible_to<bool>;
    { I::kTellsWait } -> std::convertible_to<bool>;
    typename I::World;
    requires std::constructible_from<typename I::World, unsigned, std::size_t>;
    { world.user_memory() } -> std::same_as<void*>;
    { world.attach(number) } -> std::same_as<void>;
    { world.detach() } -> std::same_as<void>;
    { I::init(lock) } -> std::same_as<void>;
    { I::acquire(lock, mode) } -> std::same_as<bool>;
    { I::try_acquire(lock, mode) } -> std::same_as<bool>;
    { I::release(lock, mode) } -> std::same_as<void>;
};

/// acquire() that returns whether it had to wait for every implementation. One
/// that does not tell is asked to try first, which costs what its blocking path
/// costs where that need not wait.
template <Implementation I>
bool acquire_telling_wait(typename I::Lock& lock, Mode mode) {
    if constexpr (I::kTellsWait) return I::acquire(lock, mode);
    if (I::try_acquire(lock, mode)) return false;
    I::acquire(lock, mode);
    return true;
}

}  // namespace lwlock::bench
