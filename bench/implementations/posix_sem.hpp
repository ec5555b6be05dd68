/// \file
/// Implementation `posix_sem`: the baseline on one unnamed POSIX semaphore a
/// backend. The template serves every other kind of semaphore.
#pragma once

#include <cstddef>

#include "bench/baselines/posix_semaphores.hpp"
#include "bench/baselines/semaphore_lwlock.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/support/shared_memory.hpp"

namespace lwlock::bench {

template <baselines::SemaphoreKind Semaphores>
struct SemaphoreImplementation {
    using Operations = baselines::SemaphoreLwlock<Semaphores>;

    static constexpr const char* kName = Semaphores::kName;
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = true;

    using Lock = baselines::SemaphoreLock;

    class World {
      public:
        World(unsigned backends, std::size_t user_bytes)
            : user_(user_bytes),
              memory_(Shared::required_bytes(backends)),
              shared_(memory_.get(), backends) {}
        World(const World&) = delete;
        World& operator=(const World&) = delete;
        ~World() { shared_.destroy(); }

        void* user_memory() const { return user_.get(); }
        void attach(unsigned number) { shared_.attach(number); }
        void detach() { shared_.detach(); }

      private:
        using Shared = baselines::SemaphoreWorld<Semaphores>;

        SharedMemory user_;
        SharedMemory memory_;
        Shared shared_;
    };

    static void init(Lock& lock) { Operations::init(lock, 0); }
    static bool acquire(Lock& lock, Mode mode) { return Operations::acquire(lock, mode); }
    static bool try_acquire(Lock& lock, Mode mode) { return Operations::try_acquire(lock, mode); }
    static void release(Lock& lock, Mode /*mode*/) { Operations::release(lock); }
};

using PosixSem = SemaphoreImplementation<baselines::PosixSemaphores>;
static_assert(Implementation<PosixSem>);

}  // namespace lwlock::bench
