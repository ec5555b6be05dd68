/// \file
/// What the baseline needs from a kind of semaphore.
#pragma once

#include <concepts>
#include <cstddef>

namespace lwlock::bench::baselines {

/// An array of counting semaphores, one a backend, that processes share. The
/// object itself is process-local; it is made before the backends are forked,
/// and every backend uses its copy of it.
///   - kName: the implementation's name in benchmarks
///   - required_bytes(count): shared memory that `count` semaphores need
///   - S(memory, count): creates them, each at 0; throws when the system refuses
///   - destroy(): removes them; called once, by the process that created them
///   - lock(number): waits until the count is above 0 and takes one; no signal handler ends it
///   - unlock(number): adds one
///
/// unlock() happens before the lock() that takes its unit.
template <class S>
concept SemaphoreKind = requires(S semaphores, void* memory, unsigned count, unsigned number) {
    { S::kName } -> std::convertible_to<const char*>;
    { S::required_bytes(count) } -> std::same_as<std::size_t>;
    requires std::constructible_from<S, void*, unsigned>;
    { semaphores.destroy() } -> std::same_as<void>;
    { semaphores.lock(number) } -> std::same_as<void>;
    { semaphores.unlock(number) } -> std::same_as<void>;
};

}  // namespace lwlock::bench::baselines
