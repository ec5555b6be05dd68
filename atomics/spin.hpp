/// \file
/// Waiting without sleeping: the processor's pause, and whether it can pay.
#pragma once

#include <cstdint>

namespace lwlock::atomics {

/// Tells the processor that this is a spin loop.
inline void spin_pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    // isb costs about what x86's pause does; yield is a no-operation on most cores.
    asm volatile("isb" ::: "memory");
#endif
}

/// Whether another processor exists that could release what is waited for.
/// Asked once for each process: the CPUs in its affinity mask.
bool spinning_can_pay();

}  // namespace lwlock::atomics
