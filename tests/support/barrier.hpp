/// \file
/// A barrier for threads of several processes; lives in shared memory.
#pragma once

#include <pthread.h>

namespace lwlock::tests {

class Barrier {
  public:
    explicit Barrier(unsigned parties) {
        pthread_barrierattr_t attributes;
        pthread_barrierattr_init(&attributes);
        pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_barrier_init(&barrier_, &attributes, parties);
        pthread_barrierattr_destroy(&attributes);
    }
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;

    /// \return true to one of the parties.
    bool arrive_and_wait() { return pthread_barrier_wait(&barrier_) != 0; }

  private:
    pthread_barrier_t barrier_;
};

}  // namespace lwlock::tests
