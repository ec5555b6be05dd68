/// \file
/// Counting the locked instructions that a piece of code executes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace lwlock::bench {

/// How many read-modify-writes of memory `piece` executes: it runs in a child
/// process, which is stepped through it instruction by instruction. `prepare`
/// runs in the child before. Nothing where the processor is another than
/// x86-64, or where the system forbids to trace a child.
std::optional<std::uint64_t> locked_instructions(const std::function<void()>& prepare,
                                                 const std::function<void()>& piece);

}  // namespace lwlock::bench
