// The eventcount: tickets, wait classes, and that no wake is lost.

#include "waitqueue/eventcount.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/support/await.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::Scope;
using waitqueue::advance;
using waitqueue::backend_bit;
using waitqueue::kBackendBits;
using waitqueue::kEveryClass;
using waitqueue::SleepResult;
using waitqueue::ticket;
using waitqueue::wake;
using waitqueue::wake_backend;

constexpr auto kAll = atomics::kWakeAll;

// A thread that sleeps once, under the ticket of its start.
class Waiter {
  public:
    Waiter(const Atomic32& word, std::uint32_t bits)
        : thread_([this, &word, bits] {
              const waitqueue::Ticket taken = ticket(word);
              id_ = gettid();
              result_ = waitqueue::sleep(word, taken, bits, Deadline::never(), Scope::process);
          }) {
        await("the waiter sleeps", [this] { return id_ != 0 && sleeps(getpid(), id_); });
    }
    ~Waiter() {
        if (thread_.joinable()) thread_.join();
    }
    SleepResult result() {
        thread_.join();
        return result_;
    }

  private:
    std::atomic<pid_t> id_{0};
    SleepResult result_{};
    std::thread thread_;
};

TEST(EventCount, AnAdvanceMakesTicketsStale) {
    Atomic32 word;
    const waitqueue::Ticket taken = ticket(word);
    advance(word);
    EXPECT_EQ(waitqueue::sleep(word, taken, 1, Deadline::never(), Scope::process),
              SleepResult::stale);
    EXPECT_NE(ticket(word), taken);
}

TEST(EventCount, WrapsAround) {
    Atomic32 word;
    word.store_relaxed(UINT32_MAX);
    const waitqueue::Ticket taken = ticket(word);
    advance(word);
    EXPECT_EQ(ticket(word), 0u);
    EXPECT_EQ(waitqueue::sleep(word, taken, 1, Deadline::never(), Scope::process),
              SleepResult::stale);
}

TEST(EventCount, ADeadlineConsumesNoWake) {
    Atomic32 word;
    EXPECT_EQ(waitqueue::sleep(word, 0, 1, Deadline::at(0), Scope::process), SleepResult::no_wake);
    EXPECT_EQ(wake(word.address(), kAll, 1, Scope::process), 0u);
}

TEST(EventCount, WakesAClassAtATime) {
    Atomic32 word;
    Waiter first(word, 0b01);
    Waiter second(word, 0b10);
    EXPECT_EQ(wake(word.address(), kAll, 0b100, Scope::process), 0u);
    EXPECT_EQ(wake(word.address(), kAll, 0b010, Scope::process), 1u);
    EXPECT_EQ(second.result(), SleepResult::woken);
    EXPECT_EQ(wake(word.address(), kAll, kEveryClass, Scope::process), 1u);
    EXPECT_EQ(first.result(), SleepResult::woken);
}

TEST(EventCount, WakesABackendWhateverItsClass) {
    Atomic32 word;
    Waiter fifth(word, 0b01 | backend_bit(5));
    Waiter sixth(word, 0b10 | backend_bit(6));
    EXPECT_EQ(wake_backend(word.address(), 7, Scope::process), 0u);
    EXPECT_EQ(wake_backend(word.address(), 6, Scope::process), 1u);
    EXPECT_EQ(sixth.result(), SleepResult::woken);
    EXPECT_EQ(wake_backend(word.address(), 5 + kBackendBits, Scope::process), 1u)
        << "every 24th backend shares a bit";
    EXPECT_EQ(fifth.result(), SleepResult::woken);
}

TEST(EventCount, AClassWakeNeverMeetsABackendBit) {
    Atomic32 word;
    Waiter without_class(word, backend_bit(3));
    EXPECT_EQ(wake(word.address(), kAll, 0xffff'ffff, Scope::process), 0u);
    EXPECT_EQ(wake_backend(word.address(), 3, Scope::process), 1u);
}

TEST(EventCount, BackendBitsStayOutOfTheClasses) {
    for (std::uint32_t backend = 0; backend < 3 * kBackendBits; ++backend) {
        const std::uint32_t bit = backend_bit(backend);
        EXPECT_EQ(bit & kEveryClass, 0u);
        EXPECT_EQ(bit & (bit - 1), 0u);
        EXPECT_NE(bit, 0u);
    }
}

// Two threads hand a turn to and fro; each change is announced by one advance
// and one wake, and each look is covered by a ticket. A lost wake hangs.
TEST(EventCount, TurnsAreNeverLost) {
    constexpr std::uint32_t kTurns = 20'000;
    Atomic32 word;
    std::atomic<std::uint32_t> turn{0};
    const auto play = [&](std::uint32_t parity) {
        for (std::uint32_t mine = parity; mine < kTurns; mine += 2) {
            for (;;) {
                const waitqueue::Ticket taken = ticket(word);
                if (turn.load(std::memory_order_relaxed) == mine) break;
                waitqueue::sleep(word, taken, 1u << parity, Deadline::never(), Scope::process);
            }
            turn.store(mine + 1, std::memory_order_relaxed);
            advance(word);
            wake(word.address(), kAll, 2u >> parity, Scope::process);
        }
    };
    std::thread other(play, 1);
    play(0);
    other.join();
    EXPECT_EQ(turn, kTurns);
}

}  // namespace
}  // namespace lwlock::tests
