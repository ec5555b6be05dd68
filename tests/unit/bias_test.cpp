// Read bias: shared holders that only their slots know of.

#include "lwlock/bias.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

using detail::BiasHistory;

class ReadBias : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(space_.attach(), Status::ok);
        lock_.init(0, LockFlags::biased);
    }
    void TearDown() override { EXPECT_EQ(detach(), Status::ok); }
    // The first shared acquisition finds out that the lock is biased.
    void hold_by_bias() {
        lock_.acquire(Mode::shared);
        lock_.release();
        lock_.acquire(Mode::shared);
        ASSERT_EQ(lock_.state_word(), state::kBiased) << "held, and not counted";
    }
    void await_drain() {
        await("an exclusive acquirer drains the lock",
              [&] { return (lock_.state_word() & state::kDraining) != 0; });
    }

    const LockSpace space_ = private_space();
    Lock lock_;
};

TEST_F(ReadBias, HoldsWithoutAChangeOfTheWord) {
    hold_by_bias();
    EXPECT_TRUE(lock_.held_by_me_in_mode(Mode::shared));
    EXPECT_EQ(held_count(), 1u);
    lock_.release();
    EXPECT_FALSE(lock_.held_by_me());
    EXPECT_EQ(lock_.state_word(), state::kBiased);
}

TEST_F(ReadBias, IsTakenAwayByAnExclusiveAcquisition) {
    hold_by_bias();
    lock_.release();
    lock_.acquire(Mode::exclusive);
    EXPECT_EQ(lock_.state_word(), state::exclusive_unit(my_backend()));
    lock_.release();
    EXPECT_EQ(lock_.state_word(), 0u);
    lock_.acquire(Mode::shared);
    EXPECT_EQ(lock_.state_word(), state::kSharedOne) << "counted again";
    lock_.release();
}

TEST_F(ReadBias, KeepsAnExclusiveAcquirerWaiting) {
    hold_by_bias();
    bool written = false;  // what the lock protects
    Worker writer(space_, [&] {
        lock_.acquire(Mode::exclusive);
        written = true;
        lock_.release();
    });
    await_drain();
    EXPECT_FALSE(written);
    lock_.release();
    writer.join();
    EXPECT_TRUE(written);
    EXPECT_EQ(lock_.state_word(), 0u);
}

TEST_F(ReadBias, LetsCountedReadersInWhileItIsDrained) {
    hold_by_bias();
    Worker writer(space_, [&] {
        lock_.acquire(Mode::exclusive);
        lock_.release();
    });
    await_drain();
    Worker(space_, [&] {
        EXPECT_TRUE(lock_.try_acquire(Mode::shared));
        EXPECT_FALSE(lock_.try_acquire(Mode::exclusive));
        lock_.release();
    }).join();
    lock_.release();
}

TEST_F(ReadBias, ComesBackWhenTheExclusiveAcquirerGivesUp) {
    hold_by_bias();
    Worker(space_, [&] {
        EXPECT_FALSE(lock_.try_acquire(Mode::exclusive));
        EXPECT_EQ(lock_.acquire_for(Mode::exclusive, std::chrono::milliseconds(2)),
                  Status::timed_out);
        EXPECT_EQ(lock_.acquire_until(Mode::exclusive, Deadline::at(0)), Status::timed_out);
    }).join();
    EXPECT_EQ(lock_.state_word(), state::kBiased);
    lock_.release();
    Worker(space_, [&] {
        EXPECT_EQ(lock_.acquire_until(Mode::exclusive, Deadline::at(0)), Status::ok)
            << "free, though the deadline has passed";
        lock_.release();
    }).join();
}

TEST_F(ReadBias, CanBeCanceledOutOf) {
    hold_by_bias();
    std::atomic<BackendNumber> waiting = kNoBackend;
    Worker writer(space_, [&] {
        waiting = my_backend();
        EXPECT_EQ(lock_.acquire_cancellable(Mode::exclusive), Status::canceled);
    });
    await_drain();
    space_.cancel_wait(waiting);
    writer.join();
    EXPECT_EQ(lock_.state_word(), state::kBiased);
    lock_.release();
}

TEST_F(ReadBias, IsNoReasonForASelfDeadlock) {
    hold_by_bias();
    EXPECT_EQ(lock_.acquire_until(Mode::exclusive, Deadline::never()), Status::self_deadlock);
    EXPECT_EQ(lock_.state_word(), state::kBiased);
    lock_.release();
}

TEST_F(ReadBias, ADisownedHoldingIsCounted) {
    hold_by_bias();
    EXPECT_EQ(lock_.disown(), Mode::shared);
    EXPECT_EQ(lock_.state_word(), state::kBiased + state::kSharedOne);
    Worker(space_, [&] {
        EXPECT_FALSE(lock_.try_acquire(Mode::exclusive));
        lock_.release_disowned(Mode::shared);
        EXPECT_TRUE(lock_.try_acquire(Mode::exclusive));
        lock_.release();
    }).join();
}

TEST_F(ReadBias, UntilFreeWaitsForBiasedReaders) {
    hold_by_bias();
    bool over = false;  // what the lock protects
    Worker waiter(space_, [&] {
        // Takes it only when it need not sleep: a reader may leave just in time.
        const bool taken = lock_.acquire_or_wait(Mode::exclusive);
        EXPECT_TRUE(over);
        if (taken) lock_.release();
    });
    await_drain();
    over = true;
    lock_.release();
    waiter.join();
    EXPECT_EQ(lock_.state_word(), 0u);
}

TEST_F(ReadBias, EntriesBeyondTheFirstFewAreFound) {
    std::deque<Lock> others(3 * detail::kFirstWatermark);
    for (Lock& other : others) other.acquire(Mode::shared);
    hold_by_bias();
    Worker(space_, [&] { EXPECT_FALSE(lock_.try_acquire(Mode::exclusive)); }).join();
    for (Lock& other : others) other.release();
    EXPECT_TRUE(lock_.held_by_me());
    Worker(space_, [&] { EXPECT_FALSE(lock_.try_acquire(Mode::exclusive)); }).join();
    release_all();
    Worker(space_, [&] {
        EXPECT_TRUE(lock_.try_acquire(Mode::exclusive));
        lock_.release();
    }).join();
}

TEST(TranchePolicy, SurvivesSharedMemory) {
    EXPECT_EQ(TranchePolicy::unpacked(0), TranchePolicy{}) << "zeroed memory has the defaults";
    for (const Bias bias : {Bias::off, Bias::adaptive, Bias::always}) {
        for (const Preference preference : {Preference::readers, Preference::writers}) {
            const TranchePolicy policy{.bias = bias, .preference = preference};
            EXPECT_EQ(TranchePolicy::unpacked(policy.packed()), policy);
        }
    }
}

void read_until_looked(Lock& lock, std::uint32_t looks) {
    for (std::uint32_t i = 0; i < looks * detail::kReadsBetweenLooks; ++i) {
        lock.acquire(Mode::shared);
        lock.release();
    }
}

class BiasOfATranche : public testing::TestWithParam<Bias> {};

TEST_P(BiasOfATranche, IsGivenToWhatIsRead) {
    const LockSpace space = private_space();
    constexpr std::uint16_t kTranche = 77;
    space.set_tranche_policy(kTranche, {.bias = GetParam()});
    EXPECT_EQ(space.tranche_policy(kTranche).bias, GetParam());
    Lock lock;
    lock.init(kTranche);
    read_until_looked(lock, detail::kFirstLooks + 1);
    EXPECT_EQ(lock.state_word(), GetParam() == Bias::off ? 0 : state::kBiased);
}

INSTANTIATE_TEST_SUITE_P(Policies, BiasOfATranche,
                         testing::Values(Bias::off, Bias::adaptive, Bias::always));

constexpr std::int64_t kMicrosecond = 1024;  // as the history counts them

// Who stored the time, and then found the word changed, leaves it without BIASED.
TEST_F(ReadBias, ATimeWithoutBiasIsNoNumberOfLooks) {
    Lock lock;
    const BiasHistory time{.value = BiasHistory::kTimeMask, .failures = 2};
    lock.words().aux.store_relaxed(time.packed());
    read_until_looked(lock, 2);
    EXPECT_EQ(lock.state_word(), state::kBiased);
}

TEST_F(ReadBias, IsNotGivenToWhatIsWrittenNowAndThen) {
    Lock lock;
    for (std::uint32_t i = 0; i < 4 * detail::kFirstLooks * detail::kReadsBetweenLooks; ++i) {
        lock.acquire(i % 10 == 0 ? Mode::exclusive : Mode::shared);
        lock.release();
        ASSERT_EQ(lock.state_word(), 0u) << "after " << i << " acquisitions";
    }
    const BiasHistory history = BiasHistory::unpacked(lock.words().aux.load_relaxed());
    read_until_looked(lock, history.value + 1);
    EXPECT_EQ(lock.state_word(), state::kBiased) << "when it is only read any more";
}

TEST(BiasHistory, SurvivesPacking) {
    const BiasHistory history{.value = BiasHistory::kTimeMask, .failures = 9};
    EXPECT_EQ(BiasHistory::unpacked(history.packed()).value, history.value);
    EXPECT_EQ(BiasHistory::unpacked(history.packed()).failures, 9u);
    EXPECT_EQ(history.packed() & 1, 0u) << "the mark of disowned holdings";
}

// Bias given so long before a revocation of that cost.
BiasHistory revoked(std::int64_t lasted, std::int64_t cost, std::uint32_t failures) {
    const std::int64_t now = 1'000'000 * kMicrosecond;
    const BiasHistory given{.value = BiasHistory::time_of(now - lasted), .failures = failures};
    return after_revocation(given, now, cost);
}

TEST(BiasHistory, ReadsHaveToRepayARevocationFirst) {
    const std::int64_t cost = 10 * kMicrosecond;
    EXPECT_EQ(revoked(1'000 * cost, cost, 0).value, 1 + cost / detail::kCostOfALook);
    EXPECT_GT(revoked(1'000 * cost, 2 * cost, 0).value, revoked(1'000 * cost, cost, 0).value);
}

TEST(BiasHistory, BiasThatDidNotPayStaysAwayLongerEachTime) {
    const std::int64_t cost = 10 * kMicrosecond;
    for (std::uint32_t failures = 0; failures < BiasHistory::kMaxFailures; ++failures) {
        const BiasHistory after = revoked(cost / 8, cost, failures);
        EXPECT_EQ(after.failures, failures + 1);
        EXPECT_EQ(after.value, 2 * revoked(1'000 * cost, cost, failures + 1).value);
    }
    EXPECT_EQ(revoked(cost / 8, cost, BiasHistory::kMaxFailures).failures,
              BiasHistory::kMaxFailures);
    EXPECT_EQ(revoked(1'000 * cost, cost, 0).failures, 0u);
}

TEST(BiasHistory, AWriteStandsForAsManyRevocationsAsWereNotWeighed) {
    const std::int64_t cost = 10 * kMicrosecond;
    const auto wanted =
        detail::kWritesBetweenLooks * static_cast<std::uint32_t>(1 + cost / detail::kCostOfALook);
    EXPECT_EQ(detail::after_write({}, cost).value, wanted);
    EXPECT_EQ(detail::after_write({.value = 5}, cost).value, wanted + 5);
    EXPECT_EQ(detail::after_write({.failures = 3}, cost).value, 8 * wanted);
    EXPECT_EQ(detail::after_write({.value = BiasHistory::kTimeMask}, cost).value, wanted)
        << "a time is no number of looks";
    EXPECT_EQ(detail::after_write({}, detail::kHighestCost).value, detail::most_looks(0))
        << "more would be a time";
}

TEST(BiasHistory, ARevocationWithoutACpuCountsAsADearOne) {
    const std::int64_t dear = detail::kHighestCost;
    EXPECT_EQ(revoked(1, 1'000 * dear, 3).value, revoked(1, dear, 3).value);
    EXPECT_EQ(revoked(1, dear, BiasHistory::kMaxFailures).value,
              detail::most_looks(BiasHistory::kMaxFailures));
}

}  // namespace
}  // namespace lwlock::tests
