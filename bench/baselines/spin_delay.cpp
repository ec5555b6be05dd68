#include "bench/baselines/spin_delay.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "atomics/spin.hpp"

namespace lwlock::bench::baselines {
namespace {

constexpr std::uint32_t kFewestSpins = 10;
constexpr std::uint32_t kMostSpins = 1000;
constexpr std::uint32_t kShortestSleep = 1'000;
constexpr std::uint32_t kLongestSleep = 1'000'000;
constexpr std::uint32_t kMostSleeps = 1000;  // minutes: the holder is never coming back

constinit thread_local std::uint32_t spins_before_sleep = 100;
constinit thread_local std::uint32_t random_state = 0x9e3779b9;

std::uint32_t random_below(std::uint32_t bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % bound;
}

}  // namespace

void SpinDelay::pause() {
    atomics::spin_pause();
    if (++spins_ < spins_before_sleep) return;
    spins_ = 0;
    if (++sleeps_ > kMostSleeps) {
        std::fputs("baseline: a wait-list spinlock stays taken: its holder died\n", stderr);
        std::abort();
    }
    // Grows by a random factor between one and two, so that waiters spread out.
    microseconds_ =
        microseconds_ == 0 ? kShortestSleep : microseconds_ + random_below(microseconds_ + 1);
    if (microseconds_ > kLongestSleep) microseconds_ = kShortestSleep;
    usleep(microseconds_);
}

SpinDelay::~SpinDelay() {
    if (sleeps_ == 0) {
        spins_before_sleep = std::min(spins_before_sleep + 100, kMostSpins);
    } else {
        spins_before_sleep = std::max(spins_before_sleep - 1, kFewestSpins);
    }
}

}  // namespace lwlock::bench::baselines
