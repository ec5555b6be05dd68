/// \file
/// What the locks of a tranche do, chosen by whoever knows how they are used.
#pragma once

#include <cstdint>

namespace lwlock {

/// Read bias: whether shared holders may be known by their slots alone, without
/// a write to the lock. Makes shared acquisitions cheap wherever they prevail,
/// and an exclusive one that ends the bias dear (some microseconds).
enum class Bias : std::uint8_t {
    off,
    /// A lock gets bias while shared acquisitions repay what the last exclusive
    /// one cost several times over.
    adaptive,
    /// A lock gets bias whenever it is read, whatever it costs its writers: for
    /// what practically never changes, and for tests.
    always,
};

/// What applies to all locks of a tranche.
struct TranchePolicy {
    Bias bias = Bias::adaptive;

    /// As it lies in shared memory: zeroed memory has the defaults.
    constexpr std::uint32_t packed() const {
        return bias == Bias::adaptive ? 0 : bias == Bias::off ? 1 : 2;
    }
    /// Any bits are some policy: a damaged one costs time at most.
    static constexpr TranchePolicy unpacked(std::uint32_t bits) {
        constexpr Bias kBiases[] = {Bias::adaptive, Bias::off, Bias::always, Bias::off};
        return {.bias = kBiases[bits & 3]};
    }
    friend constexpr bool operator==(const TranchePolicy&, const TranchePolicy&) = default;
};

}  // namespace lwlock
