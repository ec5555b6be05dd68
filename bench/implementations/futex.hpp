/// \file
/// Implementations `futex` and `futex_emulated`: the library itself, in a shared
/// lock space.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "bench/implementations/implementation.hpp"
#include "lwlock/lwlock.hpp"

namespace lwlock::bench {

template <Futexes kFutexes>
struct FutexImplementation {
    static constexpr const char* kName = kFutexes == Futexes::emulated ? "futex_emulated" : "futex";
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = true;

    using Lock = lwlock::Lock;

    class World {
      public:
        World(unsigned backends, std::size_t user_bytes, Pages pages = Pages::standard) {
            check(LockSpace::create_anonymous({.backends = backends,
                                               .user_bytes = user_bytes,
                                               .futexes = kFutexes,
                                               .pages = pages},
                                              space_),
                  "creating a lock space");
        }
        World(const World&) = delete;
        World& operator=(const World&) = delete;
        ~World() { space_.unmap(); }

        void* user_memory() const { return space_.user_memory(); }
        void attach(unsigned /*number*/) const { check(space_.attach(), "attaching"); }
        void detach() const { check(lwlock::detach(), "detaching"); }

        const LockSpace& space() const { return space_; }

      private:
        static void check(Status status, const char* what) {
            if (!succeeded(status)) {
                throw std::runtime_error(std::string("futex: ") + what + ": " + describe(status));
            }
        }

        LockSpace space_;
    };

    static void init(Lock& lock) { lock.init(0); }
    [[gnu::always_inline]] static bool acquire(Lock& lock, Mode mode) { return lock.acquire(mode); }
    static bool try_acquire(Lock& lock, Mode mode) { return lock.try_acquire(mode); }
    [[gnu::always_inline]] static void release(Lock& lock, Mode /*mode*/) { lock.release(); }
};
using Futex = FutexImplementation<Futexes::automatic>;
using FutexEmulated = FutexImplementation<Futexes::emulated>;
static_assert(Implementation<Futex> && Implementation<FutexEmulated>);

}  // namespace lwlock::bench
