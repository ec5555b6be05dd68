/// \file
/// Work of a chosen length, standing for what a backend does besides locking.
#pragma once

#include <cstdint>

namespace lwlock::bench {

/// A chain of multiplications, each waiting for the one before. Losing the CPU
/// does not count as work, as it would if a clock said when to stop.
class Work {
  public:
    Work() = default;
    /// As many steps as take so long on this machine now.
    static Work lasting(double nanoseconds);
    static Work of_steps(std::uint64_t steps) { return Work(steps); }

    /// `input` keeps the processor from beginning before it knows that value.
    void operator()(std::uint64_t input = 1) const {
        std::uint64_t value = input;
        for (std::uint64_t step = 0; step < steps_; ++step) {
            value *= 0x9e3779b97f4a7c15;
            asm volatile("" : "+r"(value));
        }
    }

  private:
    explicit Work(std::uint64_t steps) : steps_(steps) {}

    std::uint64_t steps_ = 0;
};

/// Random numbers that cost next to nothing.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

    std::uint32_t throw_once() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::uint32_t>(state_ >> 32);
    }

  private:
    std::uint64_t state_;
};

}  // namespace lwlock::bench
