// Which counts of misses buffer_mapping takes for those of its plan.

#include "bench/buffer_mapping/expected_misses.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "bench/buffer_mapping/run.hpp"

namespace lwlock::bench {
namespace {

// As many pages, looked up in rounds.
std::vector<Access> rounds_of(std::uint32_t pages) {
    std::vector<Access> trace;
    for (std::uint32_t block = 0; block < pages; ++block) {
        trace.push_back({.relation = 1, .fork = 0, .block = block});
    }
    return trace;
}

RunPlan plan_of(const std::vector<Access>& trace, std::uint32_t pool) {
    return {.trace = trace,
            .backends = 2,
            .shape = {.pool = pool, .partitions = 1},
            .lookups = 1000,
            .patience = {},
            .progress = {},
            .expected_misses = {}};
}

LookupCounts counts(std::uint64_t misses, std::uint64_t collisions = 0, std::uint64_t retries = 0) {
    return {.hits = 1000 - misses, .misses = misses, .collisions = collisions, .retries = retries};
}

TEST(ExpectedMisses, AreExactWhileThePoolHasRoomForAllPages) {
    const std::vector<Access> trace = rounds_of(50);
    const RunPlan plan = plan_of(trace, 50);
    ExpectedMisses expected;
    EXPECT_NO_THROW(expected.check(plan, counts(50)));
    EXPECT_THROW(expected.check(plan, counts(49)), std::runtime_error);
    EXPECT_THROW(expected.check(plan, counts(51)), std::runtime_error);
}

TEST(ExpectedMisses, MayDifferByCollisionsAndRetries) {
    const std::vector<Access> trace = rounds_of(50);
    const RunPlan plan = plan_of(trace, 50);
    ExpectedMisses expected;
    EXPECT_NO_THROW(expected.check(plan, counts(53, 2, 1)));
    EXPECT_NO_THROW(expected.check(plan, counts(47, 1, 2)));
    EXPECT_THROW(expected.check(plan, counts(54, 2, 1)), std::runtime_error);
    EXPECT_THROW(expected.check(plan, counts(46, 1, 2)), std::runtime_error);
}

// A clock sweep over fewer buffers than a round has pages never finds one in time.
TEST(ExpectedMisses, HaveATenthWherePagesAreEvicted) {
    const std::vector<Access> trace = rounds_of(500);
    const RunPlan plan = plan_of(trace, 10);
    ExpectedMisses expected;
    EXPECT_NO_THROW(expected.check(plan, counts(1000)));
    EXPECT_NO_THROW(expected.check(plan, counts(900)));
    EXPECT_THROW(expected.check(plan, counts(899)), std::runtime_error);
}

TEST(ExpectedMisses, SayWhatDoesNotFit) {
    const std::vector<Access> trace = rounds_of(50);
    const RunPlan plan = plan_of(trace, 50);
    ExpectedMisses expected;
    try {
        expected.check(plan, counts(400, 10));
        FAIL() << "not refused";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(
            error.what(),
            "the hit ratio is 0.600000; the same lookups without concurrency have 0.950000 "
            "to 0.950000, which collisions and retries may change by 0.010000");
    }
}

}  // namespace
}  // namespace lwlock::bench
