// Asynchronous acquisition, by every means there is.

#include "lwlock/async.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "tests/process/peer.hpp"
#include "tests/process/wish.hpp"

namespace lwlock::tests {
namespace {

struct Way {
    const char* name;
    AsyncMeans means;
    Futexes futexes;
};

class AsyncWays : public testing::TestWithParam<Way> {
  protected:
    static constexpr std::size_t kLocks = 2000;

    void SetUp() override {
        ASSERT_EQ(
            LockSpace::create_anonymous(
                {.backends = 16, .user_bytes = kLocks * 64, .futexes = GetParam().futexes}, space_),
            Status::ok);
        ASSERT_EQ(space_.attach(), Status::ok);
        const Status status = queue_.create({.locks = kLocks, .means = GetParam().means});
        if (status == Status::system_error && GetParam().means == AsyncMeans::io_uring) {
            GTEST_SKIP() << "no io_uring here that waits for futexes";
        }
        ASSERT_EQ(status, Status::ok);
    }
    void TearDown() override {
        queue_.destroy();
        release_all();
        EXPECT_EQ(detach(), Status::ok);
        space_.unmap();
    }

    Lock& lock(std::size_t number = 0) {
        return *reinterpret_cast<Lock*>(static_cast<char*>(space_.user_memory()) + 64 * number);
    }
    // Polls until nothing is pending.
    void finish() {
        while (queue_.pending() != 0) {
            ASSERT_NE(queue_.poll(Deadline::after(kHangNanoseconds)), 0u) << "hangs";
        }
    }

    LockSpace space_;
    AsyncQueue queue_;
};

INSTANTIATE_TEST_SUITE_P(Ways, AsyncWays,
                         testing::Values(Way{"io_uring", AsyncMeans::io_uring, Futexes::system},
                                         Way{"threads", AsyncMeans::threads, Futexes::system},
                                         Way{"emulated", AsyncMeans::threads, Futexes::emulated}),
                         [](const auto& way) { return way.param.name; });

TEST_P(AsyncWays, AFreeLockIsTakenAtOnce) {
    Wish wish(lock());
    EXPECT_EQ(queue_.acquire_async(wish), Status::ok);
    EXPECT_TRUE(lock().held_by_me_in_mode(Mode::exclusive));
    EXPECT_EQ(queue_.pending(), 0u);
    EXPECT_FALSE(queue_.cancel(wish));
    lock().release();
}

TEST_P(AsyncWays, ABusyLockIsGrantedWhenItIsReleased) {
    SharedBlock<atomics::Atomic32> go;
    Peer holder(space_, [&] {
        lock().acquire(Mode::exclusive);
        go->store_release(1);
        await("the parent waits", [&] { return go->load_acquire() == 2; });
        lock().release();
    });
    await("the lock is held", [&] { return go->load_acquire() == 1; });
    Wish wish(lock());
    ASSERT_EQ(queue_.acquire_async(wish), Status::busy);
    EXPECT_EQ(queue_.poll(Deadline::after(3'000'000)), 0u);
    pollfd file{.fd = queue_.descriptor(), .events = POLLIN, .revents = 0};
    go->store_release(2);
    await("the descriptor or the lock tells",
          [&] { return ::poll(&file, 1, 10) == 1 || state::is_free(lock().state_word()); });
    finish();
    EXPECT_EQ(wish.status, Status::waited);
    EXPECT_TRUE(lock().held_by_me());
    lock().release();
}

TEST_P(AsyncWays, RequestsForALockAreGrantedInTheirOrder) {
    constexpr std::size_t kRequests = 10'000;
    std::vector<std::size_t> order;
    std::deque<Wish> wishes;
    lock().acquire(Mode::exclusive);
    for (std::size_t number = 0; number < kRequests; ++number) {
        const Mode mode = number % 5 < 2 ? Mode::shared : Mode::exclusive;
        wishes.emplace_back(lock(), mode, [&order, number](Wish& wish) {
            order.push_back(number);
            release(wish);
        });
        ASSERT_EQ(queue_.acquire_async(wishes.back()), Status::busy);
    }
    EXPECT_EQ(queue_.pending(), kRequests);
    EXPECT_EQ(queue_.poll(), 0u) << "the thread has the lock itself";
    lock().release();
    finish();
    EXPECT_EQ(order.size(), kRequests);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(lock().state_word(), 0u);
}

// The queue stands in line like others: neither shuts out the other.
TEST_P(AsyncWays, OfTenThousandAThirdIsCancelled) {
    constexpr std::size_t kRequests = 10'000;
    std::vector<std::size_t> granted;
    std::size_t cancelled = 0;
    std::deque<Wish> wishes;
    lock().acquire(Mode::exclusive);
    for (std::size_t number = 0; number < kRequests; ++number) {
        wishes.emplace_back(lock(), Mode::exclusive, [&granted, number](Wish& wish) {
            granted.push_back(number);
            release(wish);
        });
        ASSERT_EQ(queue_.acquire_async(wishes.back()), Status::busy);
    }
    for (std::size_t number = 0; number < kRequests; number += 3) {
        cancelled += queue_.cancel(wishes[number]) ? 1 : 0;
    }
    EXPECT_EQ(cancelled, (kRequests + 2) / 3);
    EXPECT_EQ(queue_.pending(), kRequests - cancelled);
    lock().release();
    finish();
    EXPECT_EQ(granted.size(), kRequests - cancelled);
    EXPECT_TRUE(std::is_sorted(granted.begin(), granted.end()));
    EXPECT_TRUE(std::none_of(granted.begin(), granted.end(),
                             [](std::size_t number) { return number % 3 == 0; }));
    EXPECT_EQ(lock().state_word(), 0u);
}

TEST_P(AsyncWays, TenThousandAreAllGrantedBesideOrdinaryWaiters) {
    constexpr std::size_t kRequests = 10'000;
    constexpr unsigned kPeers = 3;
    struct Progress {
        atomics::Atomic32 stop;
        atomics::Atomic32 turns[kPeers];
    };
    SharedBlock<Progress> progress;
    std::deque<Peer> peers;
    for (unsigned number = 0; number < kPeers; ++number) {
        peers.emplace_back(space_, [&, number] {
            while (progress->stop.load_relaxed() == 0) {
                for (std::size_t at = 0; at < 50; ++at) {
                    lock(at).acquire(number == 0 ? Mode::shared : Mode::exclusive);
                    lock(at).release();
                }
                progress->turns[number].fetch_add_relaxed(1);
            }
        });
    }
    std::vector<std::uint32_t> before(kPeers);
    for (unsigned number = 0; number < kPeers; ++number) {
        await("all are at work", [&] { return progress->turns[number].load_relaxed() > 0; });
        before[number] = progress->turns[number].load_relaxed();
    }
    std::size_t granted = 0;
    std::size_t pending = 0;
    std::deque<Wish> wishes;
    for (std::size_t number = 0; number < kRequests; ++number) {
        wishes.emplace_back(lock(number % 50), number % 3 == 0 ? Mode::shared : Mode::exclusive,
                            [&](Wish& wish) {
                                ++granted;
                                release(wish);
                            });
        const Status status = queue_.acquire_async(wishes.back());
        if (status == Status::busy) {
            ++pending;
        } else {
            ASSERT_TRUE(succeeded(status));
            ++granted;
            wishes.back().lock->release();
        }
    }
    finish();
    EXPECT_EQ(granted, kRequests);
    for (unsigned number = 0; number < kPeers; ++number) {
        await("the others go on",
              [&] { return progress->turns[number].load_relaxed() > before[number]; });
    }
    progress->stop.store_relaxed(1);
    peers.clear();
    for (std::size_t at = 0; at < 50; ++at) {
        EXPECT_TRUE(state::is_free(lock(at).state_word())) << at;
        EXPECT_EQ(lock(at).state_word() & state::kHandoff, 0u) << at;
    }
}

TEST_P(AsyncWays, ManyDifferentLocksAreWaitedForAtOnce) {
    SharedBlock<atomics::Atomic32> step;
    constexpr std::size_t kWanted = 1500;
    // Ten processes hold 150 each: one may hold 200.
    std::deque<Peer> holders;
    for (std::size_t part = 0; part < 10; ++part) {
        holders.emplace_back(space_, [&, part] {
            for (std::size_t at = part; at < kWanted; at += 10) lock(at).acquire(Mode::exclusive);
            step->fetch_add_release(1);
            await("all are wanted", [&] { return step->load_acquire() == 11; });
            release_all();
        });
    }
    await("all are held", [&] { return step->load_acquire() == 10; });
    std::set<const Lock*> granted;
    std::deque<Wish> wishes;
    for (std::size_t at = 0; at < kWanted; ++at) {
        wishes.emplace_back(lock(at), Mode::exclusive, [&](Wish& wish) {
            granted.insert(wish.lock);
            release(wish);
        });
        ASSERT_EQ(queue_.acquire_async(wishes.back()), Status::busy);
    }
    queue_.poll(Deadline::at(0));
    step->fetch_add_release(1);
    finish();
    EXPECT_EQ(granted.size(), kWanted);
}

TEST_P(AsyncWays, CancelledRequestsAreGoneAndTheOthersStay) {
    SharedBlock<atomics::Atomic32> step;
    Peer holder(space_, [&] {
        lock().acquire(Mode::exclusive);
        step->store_release(1);
        await("it is time", [&] { return step->load_acquire() == 2; });
        lock().release();
    });
    await("the lock is held", [&] { return step->load_acquire() == 1; });
    std::vector<std::size_t> granted;
    std::deque<Wish> wishes;
    for (std::size_t number = 0; number < 9; ++number) {
        wishes.emplace_back(lock(), number % 2 == 0 ? Mode::exclusive : Mode::shared,
                            [&granted, number](Wish& wish) {
                                granted.push_back(number);
                                release(wish);
                            });
        ASSERT_EQ(queue_.acquire_async(wishes.back()), Status::busy);
    }
    queue_.poll(Deadline::at(0));
    for (const std::size_t number : {0, 3, 4, 8}) EXPECT_TRUE(queue_.cancel(wishes[number]));
    EXPECT_FALSE(queue_.cancel(wishes[3])) << "it is gone already";
    EXPECT_EQ(queue_.pending(), 5u);
    step->store_release(2);
    finish();
    EXPECT_EQ(granted, (std::vector<std::size_t>{1, 2, 5, 6, 7}));
}

// The last request for a lock that others hold: nothing of it stays in the word.
TEST_P(AsyncWays, ACancelledWaitLeavesNothingBehind) {
    SharedBlock<atomics::Atomic32> step;
    Peer holder(space_, [&] {
        lock().acquire(Mode::exclusive);
        step->store_release(1);
        await("it is time", [&] { return step->load_acquire() == 2; });
        EXPECT_EQ(lock().state_word() & (state::kHandoff | state::kWaitHungry), 0u);
        lock().release();
        EXPECT_TRUE(state::is_free(lock().state_word()));
    });
    await("the lock is held", [&] { return step->load_acquire() == 1; });
    for (int round = 0; round < 20; ++round) {
        Wish wish(lock());
        ASSERT_EQ(queue_.acquire_async(wish), Status::busy);
        queue_.poll(Deadline::after(round * 1'000'000));  // long enough to become hungry
        EXPECT_TRUE(queue_.cancel(wish));
    }
    step->store_release(2);
}

// Cancellations that meet wakes: whoever else waits must not lose theirs.
TEST_P(AsyncWays, ACancelledRequestPassesItsWakeOn) {
    constexpr std::uint64_t kTurns = 3000;
    std::deque<Peer> peers;
    SharedBlock<atomics::Atomic64> turns;
    for (int i = 0; i < 3; ++i) {
        peers.emplace_back(space_, [&] {
            for (std::uint64_t turn = 0; turn < kTurns; ++turn) {
                lock().acquire(Mode::exclusive);
                turns->store_relaxed(turns->load_relaxed() + 1);
                lock().release();
            }
        });
    }
    while (turns->load_relaxed() < 3 * kTurns) {
        Wish wish(lock(), Mode::exclusive, release);
        const Status status = queue_.acquire_async(wish);
        if (succeeded(status)) {
            lock().release();
            continue;
        }
        queue_.poll(Deadline::after(20'000));
        queue_.cancel(wish);
    }
    peers.clear();
    EXPECT_EQ(turns->load_relaxed(), 3 * kTurns);
    EXPECT_TRUE(state::is_free(lock().state_word()));
}

TEST_P(AsyncWays, CallbacksMayAskCancelAndEndTheirRequest) {
    lock(0).acquire(Mode::exclusive);
    Wish second(lock(0), Mode::exclusive, release);
    Wish unwanted(lock(0), Mode::exclusive, [](Wish&) { FAIL() << "it was cancelled"; });
    std::unique_ptr<Wish> first;
    first = std::make_unique<Wish>(lock(0), Mode::exclusive, [&](Wish& wish) {
        EXPECT_TRUE(queue_.cancel(unwanted));
        EXPECT_EQ(queue_.acquire_async(second), Status::busy) << "this thread has it now";
        EXPECT_EQ(queue_.poll(), 0u) << "not from a callback";
        wish.lock->release();
        first.reset();
    });
    EXPECT_EQ(queue_.acquire_async(*first), Status::busy);
    EXPECT_EQ(queue_.acquire_async(unwanted), Status::busy);
    lock(0).release();
    finish();
    EXPECT_EQ(first, nullptr);
    EXPECT_TRUE(succeeded(second.status));
}

TEST_P(AsyncWays, DestroyingCancels) {
    lock().acquire(Mode::exclusive);
    Wish wish(lock(), Mode::shared, [](Wish&) { FAIL() << "the queue is gone"; });
    EXPECT_EQ(queue_.acquire_async(wish), Status::busy);
    queue_.destroy();
    lock().release();
    EXPECT_EQ(lock().state_word(), 0u);
    EXPECT_EQ(wish.status, Status::busy);
}

TEST(AsyncQueue, ChoosesAMeansThatSuitsTheSpace) {
    LockSpace space;
    ASSERT_EQ(LockSpace::create_anonymous({.futexes = Futexes::emulated}, space), Status::ok);
    {
        const Attachment attachment(space);
        AsyncQueue queue;
        ASSERT_EQ(queue.create(), Status::ok);
        EXPECT_EQ(queue.means(), AsyncMeans::threads);
        AsyncQueue insisting;
        if (insisting.create({.means = AsyncMeans::io_uring}) == Status::ok) {
            Lock lock;
            Wish wish(lock);
            EXPECT_EQ(insisting.acquire_async(wish), Status::bad_argument);
        }
    }
    space.unmap();
}

}  // namespace
}  // namespace lwlock::tests
