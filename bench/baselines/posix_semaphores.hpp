/// \file
/// Unnamed process-shared POSIX semaphores: PostgreSQL's choice on Linux.
#pragma once

#include <semaphore.h>

#include <cstddef>

#include "bench/baselines/semaphore_kind.hpp"

namespace lwlock::bench::baselines {

class PosixSemaphores {
  public:
    static constexpr const char* kName = "posix_sem";

    static std::size_t required_bytes(unsigned count) { return count * sizeof(Padded); }
    PosixSemaphores(void* memory, unsigned count);
    void destroy();
    void lock(unsigned number);
    void unlock(unsigned number);

  private:
    // A cache line each, and its neighbour that the processor may fetch with it.
    struct alignas(128) Padded {
        sem_t semaphore;
    };

    Padded* semaphores_;
    unsigned count_;
};
static_assert(SemaphoreKind<PosixSemaphores>);

}  // namespace lwlock::bench::baselines
