/// \file
/// Damage to a lock space: one field or any byte gets another value.
#pragma once

#include <cstddef>

#include "input.hpp"
#include "lwlock/segment.hpp"

namespace lwlock::tests::fuzz {

/// The bytes from `begin` to `end` that must stay as they are.
struct Untouchable {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Writes one value somewhere in the first `available` bytes of a segment that
/// was laid out like `layout`.
void damage(Input& input, std::byte* memory, std::size_t available, const detail::Layout& layout,
            Untouchable untouchable);

}  // namespace lwlock::tests::fuzz
