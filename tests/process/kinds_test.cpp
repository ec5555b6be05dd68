// Shared lock spaces of every kind, used by several processes.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>

#include "tests/process/peer.hpp"
#include "tests/support/barrier.hpp"

namespace lwlock::tests {
namespace {

constexpr SpaceOptions kOptions{.backends = 8, .locks = 4, .user_bytes = sizeof(Shared)};

std::string own_name() { return "/lwlock-test-" + std::to_string(getpid()); }

using Create = Status (*)(LockSpace& space);

struct Kind {
    const char* name;
    Create create;
};

Status create_in_callers_memory(LockSpace& space) {
    const std::uint64_t size = LockSpace::required_size(kOptions);
    void* const memory =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return LockSpace::create_in(memory, size, true, kOptions, space);
}

Status create_named_and_unlink(LockSpace& space) {
    const Status status = LockSpace::create_named(own_name().c_str(), kOptions, space);
    EXPECT_EQ(LockSpace::unlink_named(own_name().c_str()), Status::ok);
    return status;
}

class KindOfSpace : public testing::TestWithParam<Kind> {
  protected:
    KindOfSpace() { EXPECT_EQ(GetParam().create(space_), Status::ok); }
    ~KindOfSpace() override { space_.unmap(); }

    LockSpace space_;
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, KindOfSpace,
    testing::Values(
        Kind{"anonymous", [](LockSpace& s) { return LockSpace::create_anonymous(kOptions, s); }},
        Kind{"memfd", [](LockSpace& s) { return LockSpace::create_memfd(kOptions, s); }},
        Kind{"named", create_named_and_unlink}, Kind{"callers_memory", create_in_callers_memory}),
    [](const auto& kind) { return kind.param.name; });

TEST_P(KindOfSpace, HasZeroedUserMemoryAndFreeLocks) {
    EXPECT_TRUE(space_.valid());
    EXPECT_EQ(space_.user_bytes(), sizeof(Shared));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(space_.user_memory()) % 4096, 0u);
    const auto* const bytes = static_cast<const unsigned char*>(space_.user_memory());
    for (std::size_t i = 0; i < sizeof(Shared); ++i) EXPECT_EQ(bytes[i], 0);
    EXPECT_EQ(space_.backends_ever_used(), 0u);
}

TEST_P(KindOfSpace, ExcludesBetweenProcesses) {
    constexpr unsigned kProcesses = 4;
    constexpr std::uint64_t kEach = 5'000;
    Shared& shared = shared_of(space_);
    SharedBlock<Barrier> start(kProcesses);
    {
        std::deque<Peer> peers;
        for (unsigned i = 0; i < kProcesses; ++i) {
            peers.emplace_back(space_, [&] {
                start->arrive_and_wait();
                for (std::uint64_t turn = 0; turn < kEach; ++turn) {
                    shared.lock.acquire(Mode::exclusive);
                    ++shared.number;
                    shared.lock.release();
                    shared.lock.acquire(Mode::shared);
                    EXPECT_GT(shared.number, turn);
                    shared.lock.release();
                }
            });
        }
    }
    EXPECT_EQ(shared.number, kProcesses * kEach);
    EXPECT_TRUE(state::is_free(shared.lock.state_word()));
}

TEST_P(KindOfSpace, WakesAcrossProcesses) {
    const Attachment attachment(space_);
    Shared& shared = shared_of(space_);
    shared.lock.acquire(Mode::exclusive);
    Peer peer(space_, [&] {
        EXPECT_TRUE(shared.lock.acquire(Mode::exclusive));
        shared.lock.release();
    });
    peer.await_waiting();
    shared.lock.release();
}

TEST(NamedSpace, IsForItsOwnerOnly) {
    LockSpace space;
    const std::string name = own_name();
    const mode_t before = umask(0);
    ASSERT_EQ(LockSpace::create_named(name.c_str(), kOptions, space), Status::ok);
    umask(before);
    struct stat file = {};
    ASSERT_EQ(stat(("/dev/shm" + name).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0600u);
    EXPECT_EQ(space.descriptor(), -1);
    EXPECT_EQ(LockSpace::unlink_named(name.c_str()), Status::ok);
    space.unmap();
    EXPECT_FALSE(space.valid());
}

TEST(NamedSpace, IsCreatedOnceAndOpenedByName) {
    LockSpace space;
    LockSpace other;
    const std::string name = own_name();
    EXPECT_EQ(LockSpace::open_named(name.c_str(), other), Status::system_error);
    EXPECT_EQ(errno, ENOENT);
    ASSERT_EQ(LockSpace::create_named(name.c_str(), kOptions, space), Status::ok);
    EXPECT_EQ(LockSpace::create_named(name.c_str(), kOptions, other), Status::system_error);
    EXPECT_EQ(errno, EEXIST);
    in_child([&] {
        LockSpace joined;
        EXPECT_EQ(LockSpace::open_named(name.c_str(), joined), Status::ok);
        EXPECT_EQ(joined.backends(), kOptions.backends);
        EXPECT_EQ(joined.user_bytes(), kOptions.user_bytes);
        const Attachment attachment(joined);
        shared_of(joined).number = 77;
    });
    EXPECT_EQ(shared_of(space).number, 77u);
    EXPECT_EQ(LockSpace::unlink_named(name.c_str()), Status::ok);
    EXPECT_EQ(LockSpace::unlink_named(name.c_str()), Status::system_error);
    EXPECT_EQ(errno, ENOENT);
    shared_of(space).number = 78;  // who has it mapped keeps it
    space.unmap();
}

// One creates, the others open as soon as the name is there: they see a
// complete space or an error, never a half-made one.
TEST(NamedSpace, IsNeverSeenHalfMade) {
    const std::string name = own_name();
    for (int round = 0; round < 100; ++round) {
        Child opener([&] {
            LockSpace space;
            await("the space is complete", [&] {
                const Status status = LockSpace::open_named(name.c_str(), space);
                EXPECT_TRUE(status == Status::ok || status == Status::bad_segment ||
                            (status == Status::system_error && errno == ENOENT))
                    << describe(status);
                return status == Status::ok;
            });
            EXPECT_EQ(space.backends(), kOptions.backends);
            const Attachment attachment(space);
            std::uint16_t id = 0;
            EXPECT_EQ(space.new_tranche("first", id), Status::ok);
            EXPECT_EQ(id, 256);
        });
        LockSpace space;
        ASSERT_EQ(LockSpace::create_named(name.c_str(), kOptions, space), Status::ok);
        opener.join();
        EXPECT_EQ(LockSpace::unlink_named(name.c_str()), Status::ok);
        space.unmap();
    }
}

TEST(MemfdSpace, CannotBeCutOffUnderItsUsers) {
    LockSpace space;
    ASSERT_EQ(LockSpace::create_memfd(kOptions, space), Status::ok);
    ASSERT_GE(space.descriptor(), 0);
    EXPECT_EQ(ftruncate(space.descriptor(), 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_NE(fcntl(space.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    const int descriptor = space.descriptor();
    space.unmap();
    EXPECT_EQ(fcntl(descriptor, F_GETFD), -1) << "closed with the space";
}

TEST(Space, OpenedTwiceInOneProcessIsTheSameSpace) {
    LockSpace first;
    LockSpace second;
    ASSERT_EQ(LockSpace::create_memfd(kOptions, first), Status::ok);
    ASSERT_EQ(LockSpace::open_descriptor(first.descriptor(), second), Status::ok);
    EXPECT_NE(first.user_memory(), second.user_memory());
    shared_of(first).number = 5;
    EXPECT_EQ(shared_of(second).number, 5u);
    shared_of(first).lock.init(9);
    const Attachment attachment(second);
    shared_of(second).lock.acquire(Mode::exclusive);
    Worker worker(first, [&] {
        EXPECT_TRUE(shared_of(first).lock.acquire(Mode::exclusive));
        shared_of(first).lock.release();
    });
    worker.await_waiting();
    shared_of(second).lock.release();
    worker.join();
}

}  // namespace
}  // namespace lwlock::tests
