// The baseline on named POSIX semaphores, compiled once.

#include "bench/baselines/named_posix_semaphores.hpp"
#include "bench/baselines/semaphore_lwlock_impl.hpp"

namespace lwlock::bench::baselines {

template class SemaphoreWorld<NamedPosixSemaphores>;
template struct SemaphoreLwlock<NamedPosixSemaphores>;

}  // namespace lwlock::bench::baselines
