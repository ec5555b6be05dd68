#include "machine.hpp"

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "require.hpp"

namespace {

constexpr std::int64_t kStart = 1'000'000'000;
// A bounded wait looks again at most so often; a loop of more never ends.
constexpr unsigned kMostSleeps = 10'000;

std::int64_t clock_now = kStart;
std::uint32_t script = 0;
unsigned sleeps = 0;

}  // namespace

namespace lwlock::tests::fuzz {

void script_sleeps(std::uint32_t outcomes) {
    script = outcomes;
    sleeps = 0;
}

void reset_machine() {
    clock_now = kStart;
    script_sleeps(0);
}

}  // namespace lwlock::tests::fuzz

namespace lwlock::atomics {

std::int64_t monotonic_now() { return clock_now; }

Deadline Deadline::after(std::int64_t nanoseconds) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(clock_now, nanoseconds, &sum)) {
        return nanoseconds > 0 ? never() : at(0);
    }
    return at(sum);
}

FutexResult futex_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline,
                       Scope /*scope*/, std::uint32_t bitset) {
    FUZZ_REQUIRE(bitset != 0);
    if (word.load_relaxed() != expected) return FutexResult::stale;
    FUZZ_REQUIRE(++sleeps < kMostSleeps);
    const std::uint32_t outcome = script & 3;
    script >>= 2;
    if (outcome == 1) return FutexResult::interrupted;
    if (outcome >= 2) return FutexResult::woken;
    FUZZ_REQUIRE(!deadline.is_never());  // nobody is there to wake
    if (deadline.nanoseconds() > clock_now) clock_now = deadline.nanoseconds();
    return FutexResult::timed_out;
}

std::uint32_t futex_wake(const std::uint32_t* /*word*/, std::uint32_t count, Scope /*scope*/,
                         std::uint32_t bitset) {
    FUZZ_REQUIRE(bitset != 0 && count != 0);
    return 0;
}

std::uint32_t futex_requeue(const Atomic32& /*from*/, std::uint32_t /*wake*/,
                            const Atomic32& /*to*/, std::uint32_t /*move*/, Scope /*scope*/) {
    return 0;
}

RequeueOutcome futex_compare_requeue(const Atomic32& from, std::uint32_t expected,
                                     std::uint32_t /*wake*/, const Atomic32& /*to*/,
                                     std::uint32_t /*move*/, Scope /*scope*/) {
    return {.compared = from.load_relaxed() == expected, .count = 0};
}

}  // namespace lwlock::atomics
