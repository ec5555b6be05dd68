// The baseline on semaphores made of a futex, compiled once.

#include "bench/baselines/futex_semaphores.hpp"
#include "bench/baselines/semaphore_lwlock_impl.hpp"

namespace lwlock::bench::baselines {

template class SemaphoreWorld<FutexSemaphores>;
template struct SemaphoreLwlock<FutexSemaphores>;

}  // namespace lwlock::bench::baselines
