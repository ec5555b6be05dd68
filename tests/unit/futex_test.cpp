// The futex wrapper: waiting, waking, bitsets, deadlines, scopes, errors.

#include "atomics/futex.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/await.hpp"
#include "tests/unit/futex_world.hpp"
#include "tests/unit/sleeper.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::futex_wait;
using atomics::futex_wake;
using atomics::FutexResult;
using atomics::kWakeAll;
using atomics::monotonic_now;
using atomics::Scope;

class FutexScope : public testing::TestWithParam<FutexKind> {
  protected:
    Scope scope() { return world_.scope(); }

    void wake_one(std::uint32_t bitset) {
        await("a sleeper is woken", [&] {
            const std::uint32_t woken = futex_wake(word_.address(), 1, scope(), bitset);
            EXPECT_LE(woken, 1u);
            return woken == 1;
        });
    }

    FutexWorld world_{GetParam()};
    Atomic32& word_ = world_.word();
};

INSTANTIATE_TEST_SUITE_P(Scopes, FutexScope, kFutexKinds, name_of_kind);

TEST_P(FutexScope, AnotherValueIsStale) {
    word_.store_relaxed(7);
    EXPECT_EQ(futex_wait(word_, 6, Deadline::never(), scope()), FutexResult::stale);
}

TEST_P(FutexScope, PastDeadlinesTimeOut) {
    for (const std::int64_t past :
         {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, monotonic_now() - 1}) {
        EXPECT_EQ(futex_wait(word_, 0, Deadline::at(past), scope()), FutexResult::timed_out)
            << past;
    }
}

TEST_P(FutexScope, StaleComesBeforeAPastDeadline) {
    EXPECT_EQ(futex_wait(word_, 1, Deadline::at(0), scope()), FutexResult::stale);
}

TEST_P(FutexScope, FutureDeadlineIsAbsoluteAndNotEarly) {
    const Deadline deadline = Deadline::after(20'000'000);
    EXPECT_EQ(futex_wait(word_, 0, deadline, scope()), FutexResult::timed_out);
    EXPECT_GE(monotonic_now(), deadline.nanoseconds());
    EXPECT_EQ(futex_wait(word_, 0, deadline, scope()), FutexResult::timed_out);
}

TEST_P(FutexScope, WakeFindsNobody) {
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope()), 0u);
}

TEST_P(FutexScope, WakeReachesASleeper) {
    Sleeper sleeper(word_, scope());
    wake_one(atomics::kFutexMatchAny);
    EXPECT_EQ(sleeper.result(), FutexResult::woken);
}

TEST_P(FutexScope, SleeperWithAFarDeadlineIsWoken) {
    Sleeper sleeper(word_, scope(), atomics::kFutexMatchAny, Deadline::at(INT64_MAX - 1));
    wake_one(atomics::kFutexMatchAny);
    EXPECT_EQ(sleeper.result(), FutexResult::woken);
}

TEST_P(FutexScope, WakeTakesNoMoreThanAskedFor) {
    Sleeper first(word_, scope());
    Sleeper second(word_, scope());
    Sleeper third(word_, scope());
    for (Sleeper* sleeper : {&first, &second, &third}) sleeper->await_asleep();
    EXPECT_EQ(futex_wake(word_.address(), 2, scope()), 2u);
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope()), 1u);
}

TEST_P(FutexScope, WakeMeetsOnlyItsBits) {
    Sleeper low(word_, scope(), 0b0001);
    Sleeper high(word_, scope(), 0b1010);
    low.await_asleep();
    high.await_asleep();
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope(), 0b0100), 0u);
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope(), 0b0110), 1u);
    EXPECT_EQ(high.result(), FutexResult::woken);
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope(), 0b1010), 0u);
    EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope(), 0x8000'0001), 1u);
    EXPECT_EQ(low.result(), FutexResult::woken);
}

TEST_P(FutexScope, ASignalHandlerInterrupts) {
    struct sigaction handler = {};
    handler.sa_handler = [](int) {};
    struct sigaction before = {};
    ASSERT_EQ(sigaction(SIGUSR1, &handler, &before), 0);
    {
        Sleeper sleeper(word_, scope());
        sleeper.await_asleep();
        await("the sleeper is interrupted", [&] {
            sleeper.signal(SIGUSR1);
            return sleeper.finished();
        });
        EXPECT_EQ(sleeper.result(), FutexResult::interrupted);
        EXPECT_EQ(futex_wake(word_.address(), kWakeAll, scope()), 0u);
    }
    sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(FutexScope, WakeToleratesMemoryThatIsGone) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (const int flags : {MAP_SHARED | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS}) {
        void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, flags, -1, 0);
        ASSERT_NE(memory, MAP_FAILED);
        munmap(memory, page);
        EXPECT_EQ(futex_wake(static_cast<std::uint32_t*>(memory), kWakeAll, scope()), 0u);
    }
}

TEST_P(FutexScope, WakeToleratesMemoryThatMayNotBeRead) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory = mmap(nullptr, page, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    EXPECT_EQ(futex_wake(static_cast<std::uint32_t*>(memory), kWakeAll, scope()), 0u);
    munmap(memory, page);
}

TEST_P(FutexScope, ErrnoSurvives) {
    errno = 77;
    futex_wait(word_, 1, Deadline::never(), scope());
    EXPECT_EQ(errno, 77);
    futex_wait(word_, 0, Deadline::at(0), scope());
    EXPECT_EQ(errno, 77);
    futex_wake(nullptr, 1, scope());
    EXPECT_EQ(errno, 77);
}

TEST_P(FutexScope, WaitingOnMissingMemoryStopsTheProcess) {
    if (GetParam().emulated) GTEST_SKIP() << "it reads the word like any other memory";
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory = mmap(nullptr, page, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    EXPECT_EXIT(futex_wait(*static_cast<Atomic32*>(memory), 0, Deadline::never(), scope()),
                testing::KilledBySignal(SIGABRT), "lwlock: futex wait at .* errno 14");
    munmap(memory, page);
}

TEST(Futex, ScopesOfPrivateMemoryDoNotMeet) {
    Atomic32 word;
    Sleeper of_process(word, Scope::process);
    Sleeper of_shared(word, Scope::shared);
    of_process.await_asleep();
    of_shared.await_asleep();
    EXPECT_EQ(futex_wake(word.address(), kWakeAll, Scope::process), 1u);
    EXPECT_EQ(of_process.result(), FutexResult::woken);
    EXPECT_EQ(futex_wake(word.address(), kWakeAll, Scope::shared), 1u);
    EXPECT_EQ(of_shared.result(), FutexResult::woken);
}

}  // namespace
}  // namespace lwlock::tests
