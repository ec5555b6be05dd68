#include "bench/baselines/posix_semaphores.hpp"

#include <cerrno>
#include <system_error>

namespace lwlock::bench::baselines {

PosixSemaphores::PosixSemaphores(void* memory, unsigned count)
    : semaphores_(static_cast<Padded*>(memory)), count_(count) {
    for (unsigned i = 0; i < count; ++i) {
        if (sem_init(&semaphores_[i].semaphore, 1, 0) != 0) {
            throw std::system_error(errno, std::generic_category(), "sem_init");
        }
    }
}

void PosixSemaphores::destroy() {
    for (unsigned i = 0; i < count_; ++i) sem_destroy(&semaphores_[i].semaphore);
}

void PosixSemaphores::lock(unsigned number) {
    while (sem_wait(&semaphores_[number].semaphore) != 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "sem_wait");
    }
}

void PosixSemaphores::unlock(unsigned number) {
    while (sem_post(&semaphores_[number].semaphore) != 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "sem_post");
    }
}

}  // namespace lwlock::bench::baselines
