// fork(): the child is nobody until it attaches, and nothing of the parent breaks.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "atomics/thread_sanitizer.hpp"
#include "tests/process/peer.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"

namespace lwlock::tests {
namespace {

// The thread sanitizer's pthread_once(), unlike the C library's, hangs in a child that
// was forked in the middle of it; so there the first call comes before any fork.
void call_before_forks(const std::function<void()>& call) {
    if constexpr (atomics::kThreadSanitizer) call();
}

TEST(Fork, TheChildIsDetachedAndTheParentIsNot) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Shared& shared = shared_of(space);
    const BackendNumber mine = my_backend();
    shared.lock.acquire(Mode::exclusive);
    in_child([&] {
        EXPECT_EQ(my_backend(), kNoBackend);
        EXPECT_EQ(held_count(), 0u);
        EXPECT_FALSE(shared.lock.held_by_me()) << "the parent holds it";
        EXPECT_EQ(misuse_of([&] { shared.lock.release(); }), Status::not_held);
        EXPECT_EQ(detach(), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { shared.lock.try_acquire(Mode::shared); }), Status::not_attached);
        EXPECT_EQ(space.attach(), Status::ok);
        EXPECT_NE(my_backend(), mine);
        EXPECT_FALSE(shared.lock.try_acquire(Mode::shared));
        EXPECT_EQ(detach(), Status::ok);
    });
    EXPECT_EQ(my_backend(), mine);
    EXPECT_TRUE(shared.lock.held_by_me());
    EXPECT_EQ(report_of(space, mine).process, static_cast<std::uint32_t>(getpid()));
    shared.lock.release();
}

TEST(Fork, AChildThatExitsWithoutAttachingDisturbsNothing) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    lock.acquire(Mode::shared);
    in_child([] {});
    EXPECT_TRUE(lock.held_by_me());
    EXPECT_EQ(report_of(space, my_backend()).held_count, 1u);
    lock.release();
}

// The private space is copied with the rest of the memory: the child goes on
// alone, with all of its slots free.
TEST(Fork, ThePrivateSpaceStartsAfreshInTheChild) {
    in_child([] {
        Lock lock;
        lock.acquire(Mode::exclusive);
        const BackendNumber mine = my_backend();
        in_child([&] {
            EXPECT_EQ(my_backend(), kNoBackend);
            Lock own;
            own.acquire(Mode::exclusive);
            EXPECT_EQ(my_backend(), 0u);
            own.release();
            EXPECT_FALSE(lock.held_by_me());
            EXPECT_FALSE(lock.try_acquire(Mode::shared)) << "copied while it was held";
            std::thread([] {
                Lock other;
                other.acquire(Mode::shared);
                EXPECT_EQ(my_backend(), 1u);
                other.release();
            }).join();
        });
        EXPECT_EQ(my_backend(), mine);
        lock.release();
    });
}

TEST(Fork, ThePrivateSpaceCanBeTornByAForkInADefinition) {
    in_child([] {
        const LockSpace space = private_space();
        call_before_forks([&] {
            std::uint16_t id = 0;
            EXPECT_EQ(space.new_tranche("before", id), Status::ok);
        });
        std::atomic<bool> over{false};
        std::thread definer([&] {
            for (int i = 0; !over; ++i) {
                std::uint16_t id = 0;
                space.new_tranche(("n" + std::to_string(i)).c_str(), id);
            }
        });
        for (int round = 0; round < 30; ++round) {
            in_child([&] {
                std::uint16_t id = 0;
                const Status status = space.new_tranche("the child's", id);
                EXPECT_TRUE(status == Status::ok || status == Status::tranches_exhausted)
                    << describe(status);
            });
        }
        over = true;
        definer.join();
    });
}

TEST(Fork, FromAThreadThatIsABackend) {
    LockSpace space = anonymous_space();
    Lock& lock = shared_of(space).lock;
    Worker worker(space, [&] {
        lock.acquire(Mode::exclusive);
        Peer peer(space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
        });
        peer.await_waiting();
        lock.release();
    });
}

TEST(Fork, WhileOtherThreadsUseLocks) {
    LockSpace space = anonymous_space();
    Shared& shared = shared_of(space);
    std::atomic<bool> over{false};
    Worker worker(space, [&] {
        while (!over) {
            shared.lock.acquire(Mode::exclusive);
            ++shared.number;
            shared.lock.release();
        }
    });
    for (int round = 0; round < 50; ++round) {
        Peer(space, [&] {
            for (int i = 0; i < 100; ++i) {
                shared.lock.acquire(Mode::exclusive);
                ++shared.number;
                shared.lock.release();
            }
        }).join();
    }
    over = true;
}

void come_and_go() {
    WaitObserver observer;
    EXPECT_TRUE(add_wait_observer(observer));
    EXPECT_TRUE(remove_wait_observer(observer));
}

TEST(Fork, WhileObserversComeAndGo) {
    in_child([] {
        call_before_forks(come_and_go);
        std::atomic<bool> over{false};
        std::thread registrar([&] {
            while (!over) come_and_go();
        });
        for (int round = 0; round < 100; ++round) {
            in_child(come_and_go);
        }
        over = true;
        registrar.join();
    });
}

TEST(Fork, GrandchildrenAttachToo) {
    LockSpace space = anonymous_space();
    Shared& shared = shared_of(space);
    Peer(space, [&] {
        shared.lock.acquire(Mode::shared);
        Peer(space, [&] {
            EXPECT_TRUE(shared.lock.try_acquire(Mode::shared));
            EXPECT_FALSE(shared.lock.try_acquire(Mode::exclusive));
            shared.lock.release();
        }).join();
        shared.lock.release();
    }).join();
    EXPECT_EQ(shared.lock.state_word(), 0u);
}

}  // namespace
}  // namespace lwlock::tests
