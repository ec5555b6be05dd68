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

/// Who comes first where some wait to take a lock exclusively and others could take
/// it shared at once.
enum class Preference : std::uint8_t {
    /// Whoever can take the lock takes it, as in PostgreSQL, until an exclusive waiter
    /// has waited long enough to have it handed over: most throughput.
    readers,
    /// A waiting writer closes the lock to all who come after it, and has it when
    /// the holders have left; who was shut out comes before the next writer. Keeps
    /// the waits of writers as short as the holdings of readers.
    writers,
};

/// What applies to all locks of a tranche.
struct TranchePolicy {
    Bias bias = Bias::adaptive;
    Preference preference = Preference::readers;

    /// As it lies in shared memory: zeroed memory has the defaults.
    constexpr std::uint32_t packed() const {
        const std::uint32_t low = bias == Bias::adaptive ? 0 : bias == Bias::off ? 1 : 2;
        return low | (preference == Preference::writers ? 4 : 0);
    }
    /// Any bits are some policy: a damaged one costs time at most.
    static constexpr TranchePolicy unpacked(std::uint32_t bits) {
        constexpr Bias kBiases[] = {Bias::adaptive, Bias::off, Bias::always, Bias::off};
        return {.bias = kBiases[bits & 3],
                .preference = (bits & 4) != 0 ? Preference::writers : Preference::readers};
    }
    friend constexpr bool operator==(const TranchePolicy&, const TranchePolicy&) = default;
};

}  // namespace lwlock
