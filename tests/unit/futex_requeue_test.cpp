// The futex wrapper: moving sleepers from one word to another.

#include <gtest/gtest.h>

#include "atomics/futex.hpp"
#include "tests/unit/futex_world.hpp"
#include "tests/unit/sleeper.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::futex_compare_requeue;
using atomics::futex_requeue;
using atomics::futex_wake;
using atomics::FutexResult;
using atomics::kWakeAll;
using atomics::Scope;

class FutexRequeue : public testing::TestWithParam<FutexKind> {
  protected:
    Scope scope() { return world_.scope(); }

    FutexWorld world_{GetParam()};
    Atomic32& from_ = world_.word();
    Atomic32& to_ = world_.other_word();
};

INSTANTIATE_TEST_SUITE_P(Scopes, FutexRequeue, kFutexKinds, name_of_kind);

TEST_P(FutexRequeue, OfNobodyDoesNothing) {
    EXPECT_EQ(futex_requeue(from_, 1, to_, kWakeAll, scope()), 0u);
}

TEST_P(FutexRequeue, WakesSomeAndMovesTheOthers) {
    Sleeper first(from_, scope());
    first.await_asleep();
    Sleeper second(from_, scope());
    second.await_asleep();
    Sleeper third(from_, scope());
    third.await_asleep();

    EXPECT_EQ(futex_requeue(from_, 1, to_, 1, scope()), 2u);
    EXPECT_EQ(futex_wake(from_.address(), kWakeAll, scope()), 1u) << "one was left behind";
    EXPECT_EQ(futex_wake(to_.address(), kWakeAll, scope()), 1u) << "one was moved";
    for (Sleeper* sleeper : {&first, &second, &third}) {
        EXPECT_EQ(sleeper->result(), FutexResult::woken);
    }
}

TEST_P(FutexRequeue, TheMovedKeepTheirBitset) {
    Sleeper sleeper(from_, scope(), 0b01);
    sleeper.await_asleep();
    EXPECT_EQ(futex_requeue(from_, 0, to_, kWakeAll, scope()), 1u);
    EXPECT_EQ(futex_wake(to_.address(), kWakeAll, scope(), 0b10), 0u);
    EXPECT_EQ(futex_wake(to_.address(), kWakeAll, scope(), 0b01), 1u);
}

TEST_P(FutexRequeue, ComparedAgainstAnotherValueDoesNothing) {
    Sleeper sleeper(from_, scope());
    sleeper.await_asleep();
    const auto outcome = futex_compare_requeue(from_, 1, 1, to_, kWakeAll, scope());
    EXPECT_FALSE(outcome.compared);
    EXPECT_EQ(outcome.count, 0u);
    EXPECT_EQ(futex_wake(from_.address(), kWakeAll, scope()), 1u);
}

TEST_P(FutexRequeue, ComparedAgainstItsValueMoves) {
    Sleeper first(from_, scope());
    first.await_asleep();
    Sleeper second(from_, scope());
    second.await_asleep();
    const auto outcome = futex_compare_requeue(from_, 0, 1, to_, kWakeAll, scope());
    EXPECT_TRUE(outcome.compared);
    EXPECT_EQ(outcome.count, 2u);
    EXPECT_EQ(futex_wake(from_.address(), kWakeAll, scope()), 0u);
    EXPECT_EQ(futex_wake(to_.address(), kWakeAll, scope()), 1u);
}

TEST_P(FutexRequeue, TheMovedCanTimeOut) {
    Sleeper sleeper(from_, scope(), atomics::kFutexMatchAny, atomics::Deadline::after(200'000'000));
    await("the sleeper is moved",
          [&] { return futex_requeue(from_, 0, to_, kWakeAll, scope()) == 1; });
    EXPECT_EQ(sleeper.result(), FutexResult::timed_out);
    EXPECT_EQ(futex_wake(to_.address(), kWakeAll, scope()), 0u);
}

TEST_P(FutexRequeue, OntoItselfOnlyWakes) {
    Sleeper first(from_, scope());
    first.await_asleep();
    Sleeper second(from_, scope());
    second.await_asleep();
    futex_requeue(from_, 1, from_, kWakeAll, scope());
    EXPECT_EQ(futex_wake(from_.address(), kWakeAll, scope()), 1u);
}

}  // namespace
}  // namespace lwlock::tests
