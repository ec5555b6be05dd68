/// \file
/// Two more parties of the stress test, each a backend or a thread of its own.
#pragma once

#include "tests/stress/arena.hpp"
#include "tests/stress/options.hpp"

namespace lwlock::tests {

/// Makes SIGUSR1 interrupt system calls and do nothing else.
void install_interruption();

/// Cancels waits and interrupts threads at random until the helpers are over.
void run_canceller(const LockSpace& space, Arena& arena, const Options& options);

/// Releases what workers disowned until the helpers are over.
void run_janitor(const LockSpace& space, Arena& arena);

}  // namespace lwlock::tests
