/// \file
/// Stands in for the library's atomics/semaphore.hpp: a semaphore on a futex of
/// the simulated machine, as POSIX ones are. Found first on the include path.
#pragma once

#include <cstdint>

#include "atomics/deadline.hpp"
#include "atomics/word.hpp"

namespace lwlock::atomics {

enum class SemaphoreResult : std::uint8_t { taken, interrupted, timed_out };

class Semaphore {
  public:
    void init();
    SemaphoreResult wait(Deadline deadline);
    void post();

    const Atomic32& value() const { return value_; }

  private:
    Atomic32 value_;
};

}  // namespace lwlock::atomics
