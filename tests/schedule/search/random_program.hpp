/// \file
/// Programs for random search, each a function of its seed.
#pragma once

#include <cstdint>

#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/program.hpp"

namespace lwlock::tests::schedule {

/// Three to six backends with one to four operations each, on one lock or two.
Program random_program(std::uint64_t seed, const Implementation& implementation);
/// Adds a backend with asynchronous requests.
void add_asynchronous(std::uint64_t seed, Program& program);

/// Two backends that take the lock very often, and one that wants it once.
Program harassing_program(std::uint64_t seed);

}  // namespace lwlock::tests::schedule
