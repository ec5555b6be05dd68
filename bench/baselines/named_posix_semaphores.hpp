/// \file
/// Named POSIX semaphores: PostgreSQL's choice on macOS, and once on OpenBSD.
#pragma once

#include <semaphore.h>

#include <cstddef>
#include <vector>

#include "bench/baselines/semaphore_kind.hpp"

namespace lwlock::bench::baselines {

/// Each is a file that the C library maps, so a page of its own, which every
/// process that is forked later has mapped too. The name is removed as soon as
/// the semaphore is open, as PostgreSQL does.
class NamedPosixSemaphores {
  public:
    static constexpr const char* kName = "named_posix_sem";

    static std::size_t required_bytes(unsigned /*count*/) { return 0; }
    NamedPosixSemaphores(void* memory, unsigned count);
    void destroy();
    void lock(unsigned number);
    void unlock(unsigned number);

  private:
    std::vector<sem_t*> semaphores_;
};
static_assert(SemaphoreKind<NamedPosixSemaphores>);

}  // namespace lwlock::bench::baselines
