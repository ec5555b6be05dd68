/// \file
/// Who holds and who waits, for a person who looks at a hung test.
#pragma once

#include <iosfwd>

#include "lwlock/space.hpp"

namespace lwlock::tests {

/// Writes one line for every backend in use: what it waits for, since when,
/// with that lock's state word, and what it holds.
void print_backends(const LockSpace& space, std::ostream& out);

}  // namespace lwlock::tests
