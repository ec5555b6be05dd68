/// \file
/// A semaphore of a few lines over a counter and a futex, the way out that was
/// suggested where the system's semaphores are slow or run out.
#pragma once

#include <cstddef>

#include "atomics/futex.hpp"
#include "atomics/word.hpp"
#include "bench/baselines/semaphore_kind.hpp"

namespace lwlock::bench::baselines {

class FutexSemaphores {
  public:
    static constexpr const char* kName = "futex_sem";

    static std::size_t required_bytes(unsigned count) { return count * sizeof(Padded); }
    /// Zeroed memory holds semaphores at 0: there is nothing to create.
    FutexSemaphores(void* memory, unsigned /*count*/) : semaphores_(static_cast<Padded*>(memory)) {}
    void destroy() {}
    void lock(unsigned number) {
        atomics::Atomic32& count = semaphores_[number].count;
        std::uint32_t seen = count.load_relaxed();
        for (;;) {
            if (seen == 0) {
                atomics::futex_wait(count, 0, atomics::Deadline::never(), atomics::Scope::shared);
                seen = count.load_relaxed();
            } else if (count.cas_acquire(seen, seen - 1)) {
                return;
            }
        }
    }
    void unlock(unsigned number) {
        atomics::Atomic32& count = semaphores_[number].count;
        // Only its backend waits for it, and only while it is 0.
        if (count.fetch_add_release(1) == 0) {
            atomics::futex_wake(count.address(), 1, atomics::Scope::shared);
        }
    }

  private:
    struct alignas(128) Padded {
        atomics::Atomic32 count;
    };

    Padded* semaphores_;
};
static_assert(SemaphoreKind<FutexSemaphores>);

}  // namespace lwlock::bench::baselines
