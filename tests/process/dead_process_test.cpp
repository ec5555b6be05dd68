// Slots: of processes that ended without detaching, and very many of them.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <set>

#include "tests/process/peer.hpp"
#include "tests/support/barrier.hpp"

namespace lwlock::tests {
namespace {

// Attaches in a child process that then ends in the way given, without detaching.
BackendNumber attach_and_die(const LockSpace& space, const std::function<void()>& end) {
    SharedBlock<atomics::Atomic32> number;
    Child child([&] {
        EXPECT_EQ(space.attach(), Status::ok);
        number->store_relaxed(my_backend());
        end();
    });
    child.wait_status();
    return number->load_relaxed();
}

TEST(DeadProcess, SlotsAreTakenOverWhenNoneIsFree) {
    LockSpace space = anonymous_space(2);
    attach_and_die(space, [] { _exit(0); });
    const BackendNumber killed = attach_and_die(space, [] { raise(SIGKILL); });
    EXPECT_EQ(killed, 1u);
    {
        const Attachment attachment(space);
        Peer peer(space, [&] {
            EXPECT_NE(my_backend(), kNoBackend);
            Child third([&] { EXPECT_EQ(space.attach(), Status::no_free_slot); });
            third.join();
        });
    }
    space.unmap();
}

TEST(DeadProcess, SlotsThatStillNameALockAreKept) {
    LockSpace space = anonymous_space(1);
    Lock& lock = shared_of(space).lock;
    attach_and_die(space, [&] {
        lock.acquire(Mode::exclusive);
        raise(SIGKILL);
    });
    EXPECT_EQ(space.attach(), Status::no_free_slot);
    const BackendReport report = report_of(space, 0);
    ASSERT_EQ(report.held_count, 1u);
    EXPECT_EQ(report.held[0].mark, Mark::held);
    EXPECT_EQ(space.lock_at(report.held[0].location), &lock) << "the witness tells which";
    EXPECT_EQ(state::shared_count(lock.state_word()), 1u) << "and the lock tells who";
    space.unmap();
}

TEST(DeadProcess, SlotsOfTheLivingAreKept) {
    LockSpace space = anonymous_space(1);
    SharedBlock<atomics::Atomic32> done;
    Peer peer(space,
              [&] { await("the other has tried", [&] { return done->load_relaxed() == 1; }); });
    peer.backend();
    EXPECT_EQ(space.attach(), Status::no_free_slot);
    done->store_relaxed(1);
}

// All slots are of the dead, and many want one at the same moment.
TEST(DeadProcess, SlotsHaveOneTakerEach) {
    constexpr std::uint32_t kSlots = 24;
    constexpr unsigned kTakers = 6;
    for (int round = 0; round < 10; ++round) {
        LockSpace space = anonymous_space(kSlots);
        {
            SharedBlock<atomics::Atomic32> attached;
            std::deque<Child> dead;
            for (std::uint32_t i = 0; i < kSlots; ++i) {
                dead.emplace_back([&] {
                    EXPECT_EQ(space.attach(), Status::ok);
                    attached->fetch_add_relaxed(1);
                    pause();
                });
            }
            await("all slots are taken", [&] { return attached->load_relaxed() == kSlots; });
        }  // kills them
        struct Taken {
            Barrier start{kTakers};
            Barrier done{kTakers};
            atomics::Atomic32 owners[kSlots];
        };
        SharedBlock<Taken> taken;
        std::deque<Child> takers;
        for (unsigned i = 0; i < kTakers; ++i) {
            takers.emplace_back([&] {
                taken->start.arrive_and_wait();
                std::atomic<bool> finished{false};
                std::deque<Worker> threads;
                for (std::uint32_t t = 0; t < kSlots / kTakers; ++t) {
                    threads.emplace_back(space, [&] {
                        taken->owners[my_backend()].fetch_add_relaxed(1);
                        await("everybody is attached", [&] { return finished.load(); });
                    });
                }
                for (const Worker& thread : threads) thread.backend();
                taken->done.arrive_and_wait();
                finished = true;
            });
        }
        for (Child& taker : takers) taker.join();
        for (const atomics::Atomic32& owners : taken->owners) EXPECT_EQ(owners.load_relaxed(), 1u);
        space.unmap();
    }
}

TEST(DeadProcess, AnExitWithoutDetachingIsReported) {
    LockSpace space = anonymous_space(4);
    const BackendNumber number = attach_and_die(space, [] { _exit(0); });
    const BackendReport report = report_of(space, number);
    EXPECT_NE(report.process, 0u);
    EXPECT_EQ(kill(static_cast<pid_t>(report.process), 0), -1);
    EXPECT_EQ(report.held_count, 0u);
    space.unmap();
}

TEST(ManySlots, ASpaceHasRoomForAllThatTheWordCanCount) {
    LockSpace space;
    ASSERT_EQ(
        LockSpace::create_anonymous(
            {.backends = state::kMaxBackends, .locks = 0, .user_bytes = sizeof(Shared)}, space),
        Status::ok);
    EXPECT_EQ(space.backends(), (1u << 18) - 1);
    // The last slot works like the first: all others are taken.
    const std::uint32_t last = state::kMaxBackends - 1;
    for (std::uint32_t word = 0; word < last / 64; ++word) {
        space.view().bitmap()[word].store_relaxed(UINT64_MAX);
    }
    space.view().bitmap()[last / 64].store_relaxed((std::uint64_t{1} << last % 64) - 1);
    Lock& lock = shared_of(space).lock;
    {
        Peer peer(space, [&] {
            EXPECT_EQ(my_backend(), last);
            lock.acquire(Mode::exclusive);
            EXPECT_EQ(lock.exclusive_holder(), last);
            EXPECT_EQ(report_of(space, last).held_count, 1u);
            in_child([&] { EXPECT_EQ(space.attach(), Status::no_free_slot); });
            lock.release();
        });
    }
    EXPECT_EQ(lock.state_word(), 0u);
    EXPECT_EQ(space.backends_ever_used(), state::kMaxBackends);
    space.unmap();
}

}  // namespace
}  // namespace lwlock::tests
