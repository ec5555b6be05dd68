/// \file
/// What the kernel says of a thread.
#pragma once

#include <cstdint>

namespace lwlock::bench {

/// The state letter of a thread, as in ps: 'S' while it sleeps, '?' when it is gone.
char run_state(std::uint32_t thread);

}  // namespace lwlock::bench
