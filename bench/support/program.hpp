/// \file
/// The frame of every benchmark program.
#pragma once

#include <functional>

namespace lwlock::bench {

/// Runs the program and turns what it throws into one line on standard error.
/// \return the program's exit status
int run_program(const char* name, const std::function<int()>& program);

}  // namespace lwlock::bench
