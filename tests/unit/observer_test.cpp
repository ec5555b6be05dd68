// Wait observers: what they are told, and registering beside waits.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

struct Seen {
    std::atomic<int> starts{0};
    std::atomic<int> ends{0};
    std::atomic<const Lock*> lock{nullptr};
    std::atomic<WaitKind> kind{WaitKind::none};
    std::atomic<std::uint32_t> backend{kNoBackend};
    std::atomic<std::uint64_t> since{0};
};

void note_start(const WaitEvent& event, void* context) {
    auto& seen = *static_cast<Seen*>(context);
    seen.lock = event.lock;
    seen.kind = event.kind;
    seen.backend = event.backend;
    seen.since = event.since;
    ++seen.starts;
}

void note_end(const WaitEvent& event, void* context) {
    auto& seen = *static_cast<Seen*>(context);
    EXPECT_EQ(seen.lock, event.lock);
    EXPECT_EQ(seen.since, event.since);
    ++seen.ends;
}

WaitObserver observer_of(Seen& seen) {
    return {.wait_start = note_start, .wait_done = note_end, .context = &seen, .link = {}};
}

// One wait of the given kind, on a lock held exclusively meanwhile.
BackendNumber wait_once(const LockSpace& space, Lock& lock, const std::function<void()>& wait) {
    lock.acquire(Mode::exclusive);
    Worker waiter(space, wait);
    waiter.await_waiting();
    const BackendNumber backend = waiter.backend();
    lock.release();
    return backend;
}

TEST(Observers, AreToldOfEveryKindOfWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    const std::pair<WaitKind, std::function<void()>> waits[] = {
        {WaitKind::exclusive, [&] { lock.acquire(Mode::exclusive), lock.release(); }},
        {WaitKind::shared, [&] { lock.acquire(Mode::shared), lock.release(); }},
        {WaitKind::until_free, [&] { EXPECT_FALSE(lock.acquire_or_wait(Mode::shared)); }},
        {WaitKind::variable,
         [&] {
             std::uint64_t value = 0;
             EXPECT_TRUE(lock.wait_for_var(variable, 0, value));
         }},
    };
    for (const auto& [kind, wait] : waits) {
        Seen seen;
        WaitObserver observer = observer_of(seen);
        ASSERT_TRUE(add_wait_observer(observer));
        const std::uint64_t before = static_cast<std::uint64_t>(atomics::monotonic_now());
        const BackendNumber backend = wait_once(space, lock, wait);
        EXPECT_TRUE(remove_wait_observer(observer));
        EXPECT_EQ(seen.starts, 1);
        EXPECT_EQ(seen.ends, 1);
        EXPECT_EQ(seen.lock, &lock);
        EXPECT_EQ(seen.kind, kind);
        EXPECT_EQ(seen.backend, backend);
        EXPECT_GE(seen.since, before);
    }
}

TEST(Observers, AreNotCalledWithoutAWait) {
    Seen seen;
    WaitObserver observer = observer_of(seen);
    ASSERT_TRUE(add_wait_observer(observer));
    Lock lock;
    lock.acquire(Mode::exclusive);
    EXPECT_FALSE(lock.try_acquire(Mode::shared));
    lock.release();
    EXPECT_TRUE(remove_wait_observer(observer));
    EXPECT_EQ(seen.starts, 0);
    EXPECT_EQ(seen.ends, 0);
}

TEST(Observers, AreToldOfWaitsThatEndInVain) {
    const LockSpace space = private_space();
    Seen seen;
    WaitObserver observer = observer_of(seen);
    ASSERT_TRUE(add_wait_observer(observer));
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker(space, [&] {
        EXPECT_EQ(lock.acquire_for(Mode::shared, std::chrono::milliseconds(1)), Status::timed_out);
    }).join();
    lock.release();
    EXPECT_TRUE(remove_wait_observer(observer));
    EXPECT_EQ(seen.starts, 1);
    EXPECT_EQ(seen.ends, 1);
}

TEST(Observers, RegisterOnce) {
    Seen seen;
    WaitObserver observer = observer_of(seen);
    EXPECT_FALSE(remove_wait_observer(observer));
    EXPECT_TRUE(add_wait_observer(observer));
    EXPECT_FALSE(add_wait_observer(observer));
    EXPECT_TRUE(remove_wait_observer(observer));
    EXPECT_FALSE(remove_wait_observer(observer));
    EXPECT_TRUE(add_wait_observer(observer)) << "again after its removal";
    EXPECT_TRUE(remove_wait_observer(observer));
}

TEST(Observers, CallbacksMayBeMissing) {
    const LockSpace space = private_space();
    WaitObserver observer;
    ASSERT_TRUE(add_wait_observer(observer));
    Lock lock;
    wait_once(space, lock, [&] { lock.acquire(Mode::shared), lock.release(); });
    EXPECT_TRUE(remove_wait_observer(observer));
}

TEST(Observers, SeveralAreAllCalled) {
    const LockSpace space = private_space();
    Seen seen[3];
    WaitObserver observers[3];
    for (int i = 0; i < 3; ++i) {
        observers[i] = observer_of(seen[i]);
        ASSERT_TRUE(add_wait_observer(observers[i]));
    }
    Lock lock;
    wait_once(space, lock, [&] { lock.acquire(Mode::shared), lock.release(); });
    EXPECT_TRUE(remove_wait_observer(observers[1]));
    wait_once(space, lock, [&] { lock.acquire(Mode::shared), lock.release(); });
    EXPECT_TRUE(remove_wait_observer(observers[0]));
    EXPECT_TRUE(remove_wait_observer(observers[2]));
    EXPECT_EQ(seen[0].starts, 2);
    EXPECT_EQ(seen[1].starts, 1);
    EXPECT_EQ(seen[2].starts, 2);
}

// An observer that a thread could call, or read, after its removal is freed
// memory here, which a sanitizer sees, and calls a function that fails.
TEST(Observers, AreReclaimedWhileOthersWait) {
    const LockSpace space = private_space();
    Lock lock;
    std::atomic<bool> over{false};
    std::deque<Worker> waiters;
    for (int i = 0; i < 3; ++i) {
        waiters.emplace_back(space, [&] {
            while (!over) {
                lock.acquire(Mode::exclusive);
                sched_yield();
                lock.release();
                EXPECT_TRUE(lock.acquire_for(Mode::shared, std::chrono::microseconds(50)) !=
                            Status::too_many_held);
                release_all();
            }
        });
    }
    for (int round = 0; round < 300; ++round) {
        auto alive = std::make_unique<std::atomic<bool>>(true);
        auto observer = std::make_unique<WaitObserver>();
        observer->context = alive.get();
        observer->wait_start = [](const WaitEvent&, void* context) {
            EXPECT_TRUE(*static_cast<std::atomic<bool>*>(context));
        };
        observer->wait_done = observer->wait_start;
        EXPECT_TRUE(add_wait_observer(*observer));
        for (int i = 0; i < 20; ++i) sched_yield();
        EXPECT_TRUE(remove_wait_observer(*observer));
        *alive = false;
    }
    over = true;
}

TEST(Observers, AreAddedAndRemovedByManyThreads) {
    const LockSpace space = private_space();
    Lock lock;
    Seen seen;
    std::deque<Worker> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back(space, [&] {
            for (int round = 0; round < 200; ++round) {
                WaitObserver observer{
                    .wait_start = [](const WaitEvent&,
                                     void* context) { ++static_cast<Seen*>(context)->starts; },
                    .wait_done = nullptr,
                    .context = &seen,
                    .link = {}};
                EXPECT_TRUE(add_wait_observer(observer));
                lock.acquire(Mode::exclusive);
                sched_yield();
                lock.release();
                EXPECT_TRUE(remove_wait_observer(observer));
            }
        });
    }
}

}  // namespace
}  // namespace lwlock::tests
