/// \file
/// The world of implementations that keep nothing outside their locks.
#pragma once

#include <cstddef>

#include "bench/support/shared_memory.hpp"

namespace lwlock::bench {

/// Shared memory, and nothing to attach to.
class PlainWorld {
  public:
    PlainWorld(unsigned /*backends*/, std::size_t user_bytes) : memory_(user_bytes) {}

    void* user_memory() const { return memory_.get(); }
    void attach(unsigned /*number*/) const {}
    void detach() const {}

  private:
    SharedMemory memory_;
};

}  // namespace lwlock::bench
