/// \file
/// Threads that sleep for another one, where io_uring cannot. Internal to the
/// library.
#pragma once

#include <pthread.h>

#include <cstdint>

#include "atomics/semaphore.hpp"
#include "lwlock/async_sleep.hpp"
#include "lwlock/status.hpp"

namespace lwlock::detail {

/// The same operations as Uring. Zero before open(); does not move.
class SleepHelpers {
  public:
    Status open();
    void close();
    int descriptor() const { return event_; }

    void start(AsyncSleep& sleep);
    void stop(AsyncSleep& sleep);
    void collect(DoneList& done, Deadline deadline);

  private:
    static constexpr unsigned kHelpers = 64;
    enum State : std::uint32_t { idle, asleep, awake };

    struct Helper {
        SleepHelpers* owner;
        pthread_t thread;
        atomics::Semaphore work;
        AsyncSleep* sleep;        ///< null: the thread is to end
        atomics::Atomic32 state;  ///< asleep from start() until the thread says awake
    };

    static void* run(void* helper);
    Helper* idle_helper();
    void assign(Helper& helper, AsyncSleep& sleep);
    void take_awake(DoneList& done);
    void look_at_waiting(DoneList& done);

    int event_;
    unsigned started_;
    Helper helpers_[kHelpers];
    // Sleeps without a helper: how many there are, linked through `next`.
    DoneList waiting_;
};

}  // namespace lwlock::detail
