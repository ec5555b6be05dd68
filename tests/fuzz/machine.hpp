/// \file
/// The machine that the fuzzed library runs on: one thread, a futex that nobody
/// else wakes, and a clock that stands still but for sleeps.
///
/// It takes the place of atomics/futex.cpp and atomics/deadline.cpp. A sleep
/// costs no time, and one that nothing would ever end is a finding.
#pragma once

#include <cstdint>

namespace lwlock::tests::fuzz {

/// What the next sleeps shall come to, before they time out: two bits each,
/// from the lowest; 0 a time-out, 1 a signal handler, 2 or 3 a stray wake.
void script_sleeps(std::uint32_t outcomes);

/// Begins a new input: no script, and a clock that has not moved.
void reset_machine();

}  // namespace lwlock::tests::fuzz
