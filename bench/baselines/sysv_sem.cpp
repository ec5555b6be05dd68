// The baseline on System V semaphores, compiled once.

#include "bench/baselines/semaphore_lwlock_impl.hpp"
#include "bench/baselines/sysv_semaphores.hpp"

namespace lwlock::bench::baselines {

template class SemaphoreWorld<SysvSemaphores>;
template struct SemaphoreLwlock<SysvSemaphores>;

}  // namespace lwlock::bench::baselines
