/// \file
/// What the emulated futex has to know of processes and threads, and asks of
/// their scheduler.
#pragma once

#include <cstdint>

namespace lwlock::atomics {

/// The number of the calling thread's process; never 0.
std::uint32_t this_process();

/// Whether the process has ended. False for a number that no process can have.
bool is_gone(std::uint32_t process);

/// Lets another thread have the CPU.
void give_way();

/// Sleeps for a millisecond, or until a signal handler ran.
void nap();

/// The number of the sleeper that the calling thread had last in a table of the
/// emulated futex. At first any, another one in every thread.
std::uint32_t& last_sleeper();

}  // namespace lwlock::atomics
