// A kernel that got the key wrong: the self-test at the creation of a space finds
// both faults that kernels have had, and the space works without that kernel.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "tests/origins/broken_kernel.hpp"
#include "tests/process/peer.hpp"

namespace lwlock::tests {
namespace {

class MemoryFaultTest : public testing::Test {
  protected:
    void SetUp() override {
        if (detail::emulates_by_default()) GTEST_SKIP() << "this build trusts no kernel";
    }
    ~MemoryFaultTest() override {
        break_kernel(KernelFault::none);
        space_.unmap();
    }

    void create() {
        ASSERT_EQ(LockSpace::create_anonymous({.user_bytes = 1 << 20}, space_), Status::ok);
    }
    Lock& lock(std::size_t page) {
        return *reinterpret_cast<Lock*>(static_cast<char*>(space_.user_memory()) + 4096 * page);
    }
    // One waiter for a lock in each of several pages; each release must reach its own.
    void expect_waits_to_end() {
        constexpr std::size_t kPages = 8;
        const Attachment attachment(space_);
        for (std::size_t page = 0; page < kPages; ++page) lock(page).acquire(Mode::exclusive);
        std::deque<Peer> peers;
        for (std::size_t page = 0; page < kPages; ++page) {
            peers.emplace_back(space_, [&, page] {
                EXPECT_TRUE(lock(page).acquire(Mode::exclusive));
                lock(page).release();
            });
            peers.back().await_waiting();
        }
        for (std::size_t page = kPages; page-- > 0;) {
            lock(page).release();
            peers[page].join();
        }
    }

    LockSpace space_;
};

TEST_F(MemoryFaultTest, ASoundKernelIsUsed) {
    create();
    EXPECT_EQ(space_.memory_fault(), MemoryFault::none) << describe(space_.memory_fault());
    EXPECT_EQ(space_.futexes(), Futexes::system);
    expect_waits_to_end();
}

TEST_F(MemoryFaultTest, LostWakesAreFoundAndAvoided) {
    break_kernel(KernelFault::wakes_are_lost);
    create();
    EXPECT_EQ(space_.memory_fault(), MemoryFault::lost_wake);
    EXPECT_EQ(space_.futexes(), Futexes::emulated);
    expect_waits_to_end();
}

TEST_F(MemoryFaultTest, PagesThatShareAKeyAreFoundAndAvoided) {
    break_kernel(KernelFault::pages_share_a_key);
    create();
    EXPECT_EQ(space_.memory_fault(), MemoryFault::crosstalk);
    EXPECT_EQ(space_.futexes(), Futexes::emulated);
    expect_waits_to_end();
}

TEST_F(MemoryFaultTest, WhoOpensASpaceIsToldToo) {
    break_kernel(KernelFault::pages_share_a_key);
    ASSERT_EQ(LockSpace::create_memfd({}, space_), Status::ok);
    break_kernel(KernelFault::none);
    LockSpace opened;
    ASSERT_EQ(LockSpace::open_descriptor(space_.descriptor(), opened), Status::ok);
    EXPECT_EQ(opened.memory_fault(), MemoryFault::crosstalk);
    EXPECT_EQ(opened.futexes(), Futexes::emulated);
    opened.unmap();
}

TEST_F(MemoryFaultTest, TheSystemsFutexesCanBeInsistedOn) {
    break_kernel(KernelFault::wakes_are_lost);
    ASSERT_EQ(LockSpace::create_anonymous({.futexes = Futexes::system}, space_), Status::ok);
    EXPECT_EQ(space_.memory_fault(), MemoryFault::untested);
    EXPECT_EQ(space_.futexes(), Futexes::system);
}

// The program is not disturbed: no signal for the child, nothing for wait() to find.
TEST_F(MemoryFaultTest, LeavesNoChildAndNoSignal) {
    static volatile sig_atomic_t signals = 0;
    struct sigaction handler = {};
    handler.sa_handler = [](int) { signals = 1; };
    struct sigaction before = {};
    ASSERT_EQ(sigaction(SIGCHLD, &handler, &before), 0);
    create();
    EXPECT_EQ(signals, 0);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
    EXPECT_EQ(errno, ECHILD);
    sigaction(SIGCHLD, &before, nullptr);
}

TEST(MemoryProbe, IsZeroAfterwards) {
    auto* const pages = static_cast<std::byte*>(
        mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(detail::test_memory(pages), MemoryFault::none);
    EXPECT_TRUE(std::all_of(pages, pages + 8192, [](std::byte b) { return b == std::byte{0}; }));
    munmap(pages, 8192);
}

// What one process cannot reach in another is no fault of a kernel.
TEST(MemoryProbe, FindsPrivateMemoryUnfit) {
    auto* const pages = static_cast<std::byte*>(
        mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(detail::test_memory(pages), MemoryFault::untested);
    munmap(pages, 8192);
}

}  // namespace
}  // namespace lwlock::tests
