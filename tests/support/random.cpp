#include "tests/support/random.hpp"

#include <cstdlib>
#include <string>

namespace lwlock::tests {

std::uint64_t test_seed() {
    const char* set = std::getenv("LWLOCK_TEST_SEED");
    return set == nullptr ? 20260731 : std::stoull(set);
}

Random::Random(std::uint64_t seed, std::uint64_t stream) {
    std::seed_seq sequence{seed & 0xffffffff, seed >> 32, stream};
    engine_.seed(sequence);
}

}  // namespace lwlock::tests
