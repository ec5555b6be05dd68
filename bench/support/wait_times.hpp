/// \file
/// How long waits took: a cheap clock, and a histogram of what it measured.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "atomics/word.hpp"

namespace lwlock::bench {

/// Reads the processor's time counter, which costs less than the system's
/// clock. Its unit is found by comparing both over a run.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    std::uint64_t value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
#error "no time counter is known for this processor"
#endif
}

/// Durations in buckets that grow by an eighth to a quarter. Lies in shared
/// memory, all zero when empty; several backends may add to it at once.
class WaitTimes {
  public:
    static constexpr int kStepsLog = 3;
    static constexpr std::size_t kBuckets = (64 - kStepsLog + 1) << kStepsLog;

    void add(std::uint64_t duration) { count_in(bucket_of(duration), 1); }
    void add(const WaitTimes& other) {
        for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
            const std::uint64_t count = other.counts_[bucket].load_relaxed();
            if (count != 0) count_in(bucket, count);
        }
    }

    std::uint64_t count() const {
        std::uint64_t sum = 0;
        for (const auto& bucket : counts_) sum += bucket.load_relaxed();
        return sum;
    }

    /// The upper end of the bucket that holds the given fraction's duration, 0
    /// when there is none; 1 asks for the longest.
    std::uint64_t percentile(double fraction) const {
        const double rank = fraction * static_cast<double>(count());
        std::uint64_t below = 0;
        std::uint64_t longest = 0;
        for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
            const std::uint64_t here = counts_[bucket].load_relaxed();
            if (here == 0) continue;
            below += here;
            longest = upper_end(bucket);
            if (static_cast<double>(below) >= rank) break;
        }
        return longest;
    }

    /// Durations below 2^kStepsLog have a bucket each; above, every power of two
    /// is cut into 2^kStepsLog equal parts.
    static constexpr std::size_t bucket_of(std::uint64_t duration) {
        if (duration >> kStepsLog == 0) return static_cast<std::size_t>(duration);
        const int shift = static_cast<int>(std::bit_width(duration)) - 1 - kStepsLog;
        return (static_cast<std::size_t>(shift) << kStepsLog) +
               static_cast<std::size_t>(duration >> shift);
    }
    static constexpr std::uint64_t upper_end(std::size_t bucket) {
        if (bucket >> kStepsLog <= 1) return bucket;
        const std::size_t shift = (bucket >> kStepsLog) - 1;
        const std::uint64_t top = (bucket & ((1u << kStepsLog) - 1)) + (1u << kStepsLog);
        return ((top + 1) << shift) - 1;
    }

  private:
    void count_in(std::size_t bucket, std::uint64_t count) {
        counts_[bucket].fetch_add_relaxed(count);
    }

    std::array<atomics::Atomic64, kBuckets> counts_;
};
static_assert(WaitTimes::bucket_of(7) == 7 && WaitTimes::bucket_of(8) == 8);
static_assert(WaitTimes::bucket_of(UINT64_MAX) == WaitTimes::kBuckets - 1);
static_assert(WaitTimes::bucket_of(WaitTimes::upper_end(100)) == 100 &&
              WaitTimes::bucket_of(WaitTimes::upper_end(100) + 1) == 101);

}  // namespace lwlock::bench
