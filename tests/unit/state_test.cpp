// The state word: its predicates against a second, slower statement of what they mean.

#include "lwlock/state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/interesting_words.hpp"

namespace lwlock::tests {
namespace {

using namespace state;

// The limits, once more as plain numbers.
static_assert(kMaxBackends == 262'143);
static_assert(2 * kMaxBackends < kSharedGuard, "all backends, holding and backing out");
static_assert(kSharedGuard + kMaxBackends < kSharedMask, "no carry into EXCLUSIVE");
static_assert((kSharedMask & kExclusive) == 0 && (kWaitMask & kHandoff) == 0);
static_assert(kSharedOne == 1 && exclusive_unit(0) == kExclusive + 1);
static_assert(shared_count(exclusive_unit(kMaxBackends - 1)) == kMaxBackends);
static_assert(shared_count(exclusive_unit(kMaxBackends - 1)) + kMaxBackends < kSharedGuard,
              "the last backend holding, and all others about to back out");

TEST(State, AllZeroIsFreeAndLockable) {
    EXPECT_TRUE(is_free(0));
    EXPECT_EQ(wakeable(0), 0u);
    EXPECT_TRUE(is_lockable(0, Mode::shared));
    EXPECT_TRUE(is_lockable(0, Mode::exclusive));
}

TEST(State, FieldsDecode) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(shared_count(word), fields.count);
        EXPECT_EQ(is_exclusive(word), fields.exclusive);
        EXPECT_EQ(is_free(word),
                  fields.count == 0 && !fields.exclusive && fields.bias != kDraining);
    });
}

TEST(State, SharedNeedsNoExclusiveHolderNoHandoffAndRoom) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable(word, Mode::shared),
                  !fields.exclusive && !fields.handoff && fields.count < kSharedGuard)
            << std::hex << word;
    });
}

TEST(State, ExclusiveNeedsNoHolderNoHandoffAndNoBias) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable(word, Mode::exclusive),
                  !fields.exclusive && !fields.handoff && fields.count == 0 && fields.bias == 0)
            << std::hex << word;
    });
}

TEST(State, TheHungryWaiterPassesHandoffOnly) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable_by_hungry(word, Mode::exclusive),
                  !fields.exclusive && fields.count == 0 && fields.bias == 0);
        EXPECT_EQ(is_lockable_by_hungry(word, Mode::shared),
                  !fields.exclusive && fields.count < kSharedGuard);
    });
}

TEST(State, TakingALockableWordNeverCarries) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        constexpr Word kOthers = ~(kSharedMask | kExclusive);
        if (is_lockable(word, Mode::shared)) {
            const Word taken = word + kSharedOne;
            EXPECT_FALSE(is_exclusive(taken));
            EXPECT_EQ(shared_count(taken), fields.count + 1);
            EXPECT_EQ(taken & kOthers, word & kOthers);
        }
        if (is_lockable(word, Mode::exclusive)) {
            for (const std::uint32_t backend : {0u, 1u, kMaxBackends - 1}) {
                const Word taken = word + exclusive_unit(backend);
                EXPECT_TRUE(is_exclusive(taken));
                EXPECT_EQ(shared_count(taken), backend + 1) << "the count names the holder";
                EXPECT_EQ(taken & kOthers, word & kOthers);
            }
        }
    });
}

TEST(State, BackingOutAtTheGuardNeverCarries) {
    for (const Word rest : {Word{0}, kWaitShared, kHandoff | kWaitHungry}) {
        const Word worst = (kSharedGuard - 1 + kMaxBackends + 1) | rest;
        EXPECT_EQ(worst & ~kSharedMask, rest);
    }
}

}  // namespace
}  // namespace lwlock::tests
