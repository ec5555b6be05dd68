#include "atomics/deadline.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lwlock::tests {
namespace {

using atomics::Deadline;
using atomics::monotonic_now;

std::int64_t steady_now() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TEST(Deadline, IsNeverUnlessToldOtherwise) {
    EXPECT_TRUE(Deadline().is_never());
    EXPECT_EQ(Deadline(), Deadline::never());
    EXPECT_FALSE(Deadline::never().has_passed());
    EXPECT_FALSE(Deadline::at(0).is_never());
}

TEST(Deadline, RunsOnTheMonotonicClock) {
    const std::int64_t before = steady_now();
    const std::int64_t now = monotonic_now();
    EXPECT_LE(before, now);
    EXPECT_LE(now, steady_now());
}

TEST(Deadline, KnowsWhetherItHasPassed) {
    EXPECT_TRUE(Deadline::at(0).has_passed());
    EXPECT_TRUE(Deadline::at(-5).has_passed());
    EXPECT_TRUE(Deadline::at(monotonic_now()).has_passed());
    EXPECT_FALSE(Deadline::after(3'600'000'000'000).has_passed());
}

TEST(Deadline, AfterAddsToNow) {
    const std::int64_t before = monotonic_now();
    const std::int64_t deadline = Deadline::after(1'000).nanoseconds();
    EXPECT_GE(deadline, before + 1'000);
    EXPECT_LE(deadline, monotonic_now() + 1'000);
    EXPECT_TRUE(Deadline::after(0).has_passed());
    EXPECT_TRUE(Deadline::after(-1).has_passed());
}

TEST(Deadline, AfterTooLongIsNever) {
    EXPECT_TRUE(Deadline::after(INT64_MAX).is_never());
    EXPECT_TRUE(Deadline::after(INT64_MAX - 1).is_never());
}

TEST(Deadline, AfterAnyNegativeTimeHasPassed) {
    EXPECT_TRUE(Deadline::after(INT64_MIN).has_passed());
    EXPECT_TRUE(Deadline::after(INT64_MIN + 1).has_passed());
}

TEST(Deadline, EarlierPicksTheSmaller) {
    EXPECT_EQ(earlier(Deadline::at(1), Deadline::at(2)), Deadline::at(1));
    EXPECT_EQ(earlier(Deadline::at(2), Deadline::at(1)), Deadline::at(1));
    EXPECT_EQ(earlier(Deadline::never(), Deadline::at(9)), Deadline::at(9));
    EXPECT_TRUE(earlier(Deadline::never(), Deadline::never()).is_never());
}

}  // namespace
}  // namespace lwlock::tests
