/// \file
/// A counting semaphore that processes share: what the emulated futex sleeps on.
#pragma once

#include <semaphore.h>

#include <cstdint>

#include "atomics/deadline.hpp"

namespace lwlock::atomics {

/// How a wait for a semaphore ended.
enum class SemaphoreResult : std::uint8_t { taken, interrupted, timed_out };

/// Lies in memory that its users share. init() comes before anything else.
class Semaphore {
  public:
    /// Makes it 0. Nobody may be waiting for it.
    void init();
    /// Takes one, or ends at the deadline or after a signal handler.
    SemaphoreResult wait(Deadline deadline);
    /// Adds one.
    void post();

  private:
    sem_t semaphore_;
};

}  // namespace lwlock::atomics
