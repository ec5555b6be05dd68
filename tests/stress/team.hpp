/// \file
/// All parties of a run, as threads or as processes.
#pragma once

#include "tests/stress/arena.hpp"
#include "tests/stress/options.hpp"

namespace lwlock::tests {

/// Runs until the time is over. \return whether every party ended well.
bool run_threads(const LockSpace& space, Arena& arena, const Options& options);
/// The same; each process maps the space at an address of its own.
bool run_processes(const LockSpace& space, Arena& arena, const Options& options);

}  // namespace lwlock::tests
