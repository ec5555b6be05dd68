// The state word: its predicates against a second, slower statement of what they mean.

#include "lwlock/state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/interesting_words.hpp"

namespace lwlock::tests {
namespace {

using namespace state;

// The limits, once more as plain numbers.
static_assert(kMaxBackends == 262'143);
static_assert(kSharedMask == 2'097'151 && kSharedGuard == 1'048'576);
static_assert(2 * kMaxBackends < kSharedGuard, "all backends, holding and backing out");
static_assert(kSharedGuard + kMaxBackends < kSharedMask, "no carry into EXCLUSIVE");
static_assert((kSharedMask & kExclusive) == 0 && (kWaitMask & kHandoff) == 0);
static_assert(unit_of(Mode::shared) == 1 && unit_of(Mode::exclusive) == kExclusive);

TEST(State, AllZeroIsFreeAndLockable) {
    EXPECT_TRUE(is_free(0));
    EXPECT_FALSE(has_waiters(0));
    EXPECT_TRUE(is_lockable(0, Mode::shared));
    EXPECT_TRUE(is_lockable(0, Mode::exclusive));
}

TEST(State, FieldsDecode) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(shared_count(word), fields.count);
        EXPECT_EQ(is_exclusive(word), fields.exclusive);
        EXPECT_EQ(is_free(word), fields.count == 0 && !fields.exclusive);
        EXPECT_EQ(has_waiters(word), fields.waiters != 0);
    });
}

TEST(State, SharedNeedsNoExclusiveHolderNoHandoffAndRoom) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable(word, Mode::shared),
                  !fields.exclusive && !fields.handoff && fields.count < kSharedGuard)
            << std::hex << word;
    });
}

TEST(State, ExclusiveNeedsNoHolderAndNoHandoff) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable(word, Mode::exclusive),
                  !fields.exclusive && !fields.handoff && fields.count == 0)
            << std::hex << word;
    });
}

TEST(State, TheHungryWaiterPassesHandoffOnly) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        EXPECT_EQ(is_lockable_by_hungry(word, Mode::exclusive),
                  !fields.exclusive && fields.count == 0);
        EXPECT_EQ(is_lockable_by_hungry(word, Mode::shared),
                  !fields.exclusive && fields.count < kSharedGuard);
    });
}

TEST(State, TakingALockableWordNeverCarries) {
    for_each_interesting_word([](const Fields& fields, Word word) {
        for (const Mode mode : {Mode::shared, Mode::exclusive}) {
            if (!is_lockable(word, mode)) continue;
            const Word taken = word + unit_of(mode);
            EXPECT_EQ(is_exclusive(taken), mode == Mode::exclusive);
            EXPECT_EQ(shared_count(taken), fields.count + (mode == Mode::shared ? 1 : 0));
            EXPECT_EQ(taken & ~(kSharedMask | kExclusive), word & ~(kSharedMask | kExclusive));
            EXPECT_EQ(taken - unit_of(mode), word);
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
