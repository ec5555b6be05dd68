/// \file
/// Which programs the exhaustive search goes through.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/program.hpp"

namespace lwlock::tests::schedule {

/// Every multiset of `count` operations of the contract, a backend each, which
/// meet on one lock. With them, a disowned lock that goes from one backend to
/// another, and an update that somebody has to see before its lock is released.
std::vector<Program> all_together(std::size_t count, const Implementation& implementation);
/// Every choice of `count` such operations, each with a backend of its own, beside one
/// that acquires asynchronously.
std::vector<Program> beside_asynchronous(std::size_t count, const Implementation& implementation);

/// Every n-th program from the m-th, for "m/n". Throws std::invalid_argument.
std::vector<Program> part_of(const std::vector<Program>& programs, std::string_view part);

}  // namespace lwlock::tests::schedule
