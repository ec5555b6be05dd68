/// \file
/// Seeded random choices, so that a failing run can be repeated.
#pragma once

#include <cstdint>
#include <random>

namespace lwlock::tests {

/// The environment's LWLOCK_TEST_SEED, else a fixed number.
std::uint64_t test_seed();

class Random {
  public:
    /// Streams with the same seed and different numbers are independent.
    Random(std::uint64_t seed, std::uint64_t stream);

    /// From 0 to `bound` - 1.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(engine_() % bound);
    }
    bool one_in(std::uint32_t bound) { return below(bound) == 0; }

  private:
    std::mt19937_64 engine_;
};

}  // namespace lwlock::tests
