// Whom a release wakes, as pure functions of the word.

#include <gtest/gtest.h>

#include "lwlock/wake.hpp"
#include "tests/unit/interesting_words.hpp"

namespace lwlock::tests {
namespace {

using namespace state;
using detail::plan_wakes;
using detail::Turn;
using detail::WakePlan;
using detail::woken_word;

TEST(WakePolicy, WakeableAreWaitersOfTheWord) {
    for_each_interesting_word(
        [](const Fields& fields, Word word) { EXPECT_EQ(wakeable(word) & ~fields.waiters, 0u); });
}

TEST(WakePolicy, NobodyGoesOnWhileTheLockIsExclusive) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        if (fields.exclusive) {
            EXPECT_EQ(wakeable(word), 0u);
        }
    });
}

// I2: whoever could take the lock as it is now must be among the wakeable,
// unless another waiter is on its way, which sees to the others.
TEST(WakePolicy, WhoCouldTakeTheLockIsWakeable) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        const Word wakes = wakeable(word);
        if ((fields.waiters & kWaitShared) != 0 && is_lockable(word, Mode::shared)) {
            EXPECT_EQ((wakes & kWaitShared) != 0, !fields.waking) << std::hex << word;
        }
        if ((fields.waiters & kWaitExclusive) != 0 && is_lockable(word, Mode::exclusive)) {
            EXPECT_EQ((wakes & kWaitExclusive) != 0, !fields.waking) << std::hex << word;
        }
        if ((fields.waiters & kWaitHungry) != 0 && fields.handoff &&
            is_lockable_by_hungry(word, Mode::exclusive)) {
            EXPECT_NE(wakes & kWaitHungry, 0u) << std::hex << word;
        }
    });
}

TEST(WakePolicy, WhoCannotTakeTheLockIsNotWakeable) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        const Word wakes = wakeable(word);
        if (fields.handoff || !is_free(word)) {
            EXPECT_EQ(wakes & kWaitExclusive, 0u);
        }
        if (fields.handoff) {
            EXPECT_EQ(wakes & kWaitShared, 0u);
        } else {
            EXPECT_EQ(wakes & kWaitHungry, 0u);
        }
    });
}

TEST(WakePolicy, WatchersAreWakeableWhenWhatTheyWatchIsSo) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ((wakeable(word) & kWaitUntilFree) != 0,
                  (fields.waiters & kWaitUntilFree) != 0 && is_free(word));
        EXPECT_EQ((wakeable(word) & kWaitVariable) != 0,
                  (fields.waiters & kWaitVariable) != 0 && !fields.exclusive);
    });
}

TEST(WakePolicy, APlanServesOneTakingClassFirst) {
    for_each_interesting_word([](const Fields&, Word word) {
        for (const Turn turn : {Turn::shared, Turn::exclusive}) {
            const Word wakes = wakeable(word);
            const WakePlan plan = plan_wakes(wakes, turn);
            constexpr Word kWatchers = kWaitVariable | kWaitUntilFree;
            EXPECT_EQ(plan.everyone, wakes & kWatchers);
            EXPECT_EQ((plan.first | plan.second) & kWatchers, 0u);
            EXPECT_EQ(plan.first & (plan.first - 1), 0u) << "one class";
            EXPECT_EQ(plan.second & (plan.second - 1), 0u) << "one class";
            EXPECT_EQ((plan.first | plan.second) & ~wakes, 0u);
            EXPECT_EQ(plan.first == 0, (wakes & ~kWatchers) == 0) << "somebody gets the chance";
            EXPECT_TRUE(plan.second == 0 || plan.first != plan.second);
        }
    });
}

TEST(WakePolicy, NeitherKindShutsOutTheOther) {
    constexpr Word kBoth = kWaitShared | kWaitExclusive;
    EXPECT_EQ(plan_wakes(kBoth, Turn::exclusive).first, kWaitExclusive);
    EXPECT_EQ(plan_wakes(kBoth, Turn::exclusive).second, kWaitShared);
    EXPECT_EQ(plan_wakes(kBoth, Turn::shared).first, kWaitShared);
    EXPECT_EQ(plan_wakes(kBoth, Turn::shared).second, kWaitExclusive);
}

TEST(WakePolicy, TheHungryWaiterHasNoSecond) {
    const WakePlan plan = plan_wakes(kWaitHungry | kWaitUntilFree, Turn::exclusive);
    EXPECT_EQ(plan.first, kWaitHungry);
    EXPECT_EQ(plan.second, 0u);
    EXPECT_EQ(plan.everyone, kWaitUntilFree);
}

// The released word: holders as before, the woken classes' bits gone, and the
// mark of a taker on its way.
TEST(WakePolicy, AReleaseLeavesTheOthersBits) {
    for_each_interesting_word([](const Fields&, Word word) {
        for (const Turn turn : {Turn::shared, Turn::exclusive}) {
            const WakePlan plan = plan_wakes(wakeable(word), turn);
            const Word left = woken_word(word, plan);
            const bool taker = is_free(word) && (plan.first & (kWaitShared | kWaitExclusive)) != 0;
            EXPECT_EQ(left & ~kWaking, word & ~kWaking & ~(plan.everyone | plan.first));
            EXPECT_EQ((left & kWaking) != 0, taker || (word & kWaking) != 0);
        }
    });
}

TEST(WakePolicy, AWokenClassLosesItsBitTheOtherKeepsIts) {
    const Word both = kWaitShared | kWaitExclusive;
    const WakePlan plan = plan_wakes(both, Turn::shared);
    EXPECT_EQ(woken_word(both, plan), kWaking | kWaitExclusive);
}

}  // namespace
}  // namespace lwlock::tests
