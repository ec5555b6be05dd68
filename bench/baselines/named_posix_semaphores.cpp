#include "bench/baselines/named_posix_semaphores.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace lwlock::bench::baselines {
namespace {

sem_t* open_nameless(unsigned number) {
    const std::string name =
        "/lwlock-baseline-" + std::to_string(getpid()) + "-" + std::to_string(number);
    sem_t* const semaphore = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
    if (semaphore == SEM_FAILED) {
        throw std::system_error(errno, std::generic_category(),
                                "named POSIX semaphore " + std::to_string(number + 1) +
                                    "; make room in /dev/shm, or raise vm.max_map_count");
    }
    sem_unlink(name.c_str());
    return semaphore;
}

}  // namespace

NamedPosixSemaphores::NamedPosixSemaphores(void* /*memory*/, unsigned count) {
    try {
        semaphores_.reserve(count);
        while (semaphores_.size() < count) {
            semaphores_.push_back(open_nameless(static_cast<unsigned>(semaphores_.size())));
        }
    } catch (...) {
        destroy();
        throw;
    }
}

void NamedPosixSemaphores::destroy() {
    for (sem_t* const semaphore : semaphores_) sem_close(semaphore);
    semaphores_.clear();
}

void NamedPosixSemaphores::lock(unsigned number) {
    while (sem_wait(semaphores_[number]) != 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "sem_wait");
    }
}

void NamedPosixSemaphores::unlock(unsigned number) {
    if (sem_post(semaphores_[number]) != 0) {
        throw std::system_error(errno, std::generic_category(), "sem_post");
    }
}

}  // namespace lwlock::bench::baselines
