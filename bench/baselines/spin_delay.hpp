/// \file
/// Waiting for a spinlock that is held for a few instructions only.
#pragma once

#include <cstdint>

namespace lwlock::bench::baselines {

/// One wait. Spins a learned number of times, then sleeps a millisecond and
/// more with every further round, since the holder has lost its CPU.
class SpinDelay {
  public:
    SpinDelay() = default;
    SpinDelay(const SpinDelay&) = delete;
    SpinDelay& operator=(const SpinDelay&) = delete;
    /// Learns: who never slept may spin longer next time, who slept less long.
    ~SpinDelay();

    void pause();

  private:
    std::uint32_t spins_ = 0;
    std::uint32_t sleeps_ = 0;
    std::uint32_t microseconds_ = 0;  ///< of the last sleep
};

}  // namespace lwlock::bench::baselines
