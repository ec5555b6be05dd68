// The baseline on POSIX semaphores, compiled once.

#include "bench/baselines/posix_semaphores.hpp"
#include "bench/baselines/semaphore_lwlock_impl.hpp"

namespace lwlock::bench::baselines {

template class SemaphoreWorld<PosixSemaphores>;
template struct SemaphoreLwlock<PosixSemaphores>;

}  // namespace lwlock::bench::baselines
