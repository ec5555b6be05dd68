// Tranche names that every process of the space sees.

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "tests/process/peer.hpp"
#include "tests/support/barrier.hpp"

namespace lwlock::tests {
namespace {

std::string name_in(const LockSpace& space, std::uint16_t id) {
    char buffer[kMaxTrancheName + 1];
    space.tranche_name(id, buffer);
    return buffer;
}

TEST(Names, OfTheParentAreSeenByTheChildAndBack) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    std::uint16_t before = 0;
    ASSERT_EQ(space.new_tranche("before", before), Status::ok);
    SharedBlock<Barrier> step(2u);
    Peer peer(space, [&] {
        EXPECT_EQ(name_in(space, before), "before");
        step->arrive_and_wait();
        step->arrive_and_wait();
        std::uint16_t found = 0;
        EXPECT_EQ(space.find_tranche("after", found), Status::ok);
        EXPECT_EQ(name_in(space, found), "after");
        EXPECT_EQ(space.new_tranche("after", found), Status::duplicate_name);
        std::uint16_t childs = 0;
        EXPECT_EQ(space.new_tranche("of the child", childs), Status::ok);
        EXPECT_EQ(space.register_tranche(65535, "own of the child"), Status::ok);
    });
    step->arrive_and_wait();
    std::uint16_t after = 0;
    EXPECT_EQ(space.new_tranche("after", after), Status::ok);
    step->arrive_and_wait();
    peer.join();
    std::uint16_t found = 0;
    EXPECT_EQ(space.find_tranche("of the child", found), Status::ok);
    EXPECT_GT(found, after);
    EXPECT_EQ(name_in(space, 65535), "own of the child");
    Lock lock;
    lock.init(65535);
    EXPECT_STREQ(wait_event_name(lock), "own of the child");
}

TEST(Names, AreDefinedByManyProcessesAtOnce) {
    constexpr unsigned kProcesses = 4;
    constexpr int kNames = 60;
    LockSpace space = anonymous_space();
    SharedBlock<Barrier> start(kProcesses);
    SharedBlock<atomics::Atomic32> defined;
    {
        std::deque<Peer> peers;
        for (unsigned p = 0; p < kProcesses; ++p) {
            peers.emplace_back(space, [&] {
                start->arrive_and_wait();
                for (int i = 0; i < kNames; ++i) {
                    const std::string name = "n" + std::to_string(i);
                    std::uint16_t id = 0;
                    const Status status = space.request_tranche(name.c_str(), 1, id);
                    if (status == Status::ok) defined->fetch_add_relaxed(1);
                    EXPECT_TRUE(status == Status::ok || status == Status::duplicate_name);
                    std::span<Lock> locks;
                    ASSERT_EQ(space.named_tranche(name.c_str(), locks), Status::ok);
                    locks[0].acquire(Mode::exclusive);
                    EXPECT_EQ(wait_event_name(locks[0]), name);
                    locks[0].release();
                }
            });
        }
    }
    EXPECT_EQ(defined->load_relaxed(), static_cast<std::uint32_t>(kNames));
}

}  // namespace
}  // namespace lwlock::tests
