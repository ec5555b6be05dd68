/// \file
/// Stands in for the library's atomics/spin.hpp: a pause lets others run.
#pragma once

#include <cstdint>

namespace lwlock::atomics {

/// The backend goes on when somebody has written, or when nobody else can.
void spin_pause();

/// Whether the program that is being searched says that spinning can pay.
bool spinning_can_pay();

}  // namespace lwlock::atomics
