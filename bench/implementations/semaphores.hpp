/// \file
/// Implementations `posix_sem`, `named_posix_sem`, `sysv_sem`, and `futex_sem`:
/// the baseline on one semaphore of that kind a backend.
#pragma once

#include <cstddef>

#include "bench/baselines/futex_semaphores.hpp"
#include "bench/baselines/named_posix_semaphores.hpp"
#include "bench/baselines/posix_semaphores.hpp"
#include "bench/baselines/semaphore_lwlock.hpp"
#include "bench/baselines/sysv_semaphores.hpp"
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
        World(unsigned backends, std::size_t user_bytes, Pages pages = Pages::standard)
            : user_(user_bytes, pages),
              memory_(Shared::required_bytes(backends), pages),
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
using NamedPosixSem = SemaphoreImplementation<baselines::NamedPosixSemaphores>;
using SysvSem = SemaphoreImplementation<baselines::SysvSemaphores>;
using FutexSem = SemaphoreImplementation<baselines::FutexSemaphores>;
static_assert(Implementation<PosixSem> && Implementation<NamedPosixSem>);
static_assert(Implementation<SysvSem> && Implementation<FutexSem>);

}  // namespace lwlock::bench
