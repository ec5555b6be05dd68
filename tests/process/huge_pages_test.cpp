// Spaces in huge pages: locks in the 4 KiB parts of one huge page, where Linux
// once knew all of them as one futex.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <deque>

#include "tests/process/peer.hpp"
#include "tests/support/barrier.hpp"
#include "tests/support/huge_pages.hpp"

namespace lwlock::tests {
namespace {

constexpr long kEnough = 16;  // huge pages
constexpr std::uint32_t kParts = 64;
constexpr std::size_t kPart = 4096;

constexpr SpaceOptions kOptions{.backends = 32, .user_bytes = kParts * kPart, .pages = Pages::huge};

// One lock at the same place of every 4 KiB part.
Lock& lock_of(const LockSpace& space, std::uint32_t part) {
    return *reinterpret_cast<Lock*>(static_cast<char*>(space.user_memory()) + part * kPart + 64);
}
std::uint64_t& number_of(const LockSpace& space, std::uint32_t part) {
    return *reinterpret_cast<std::uint64_t*>(static_cast<char*>(space.user_memory()) +
                                             part * kPart + 128);
}

using Create = Status (*)(const SpaceOptions& options, LockSpace& space);

class HugePageSpace : public testing::TestWithParam<Create> {
  protected:
    void SetUp() override {
        if (!pages_.there()) GTEST_SKIP() << "no huge pages, and none can be reserved";
        ASSERT_EQ(GetParam()(kOptions, space_), Status::ok);
    }
    void TearDown() override { space_.unmap(); }

    HugePages pages_{kEnough};
    LockSpace space_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, HugePageSpace,
                         testing::Values(LockSpace::create_anonymous, LockSpace::create_memfd),
                         [](const auto& kind) { return kind.index == 0 ? "anonymous" : "memfd"; });

TEST_P(HugePageSpace, IsMadeOfHugePages) {
    constexpr std::uint64_t kPage = 2 * 1024 * 1024;
    EXPECT_EQ(space_.pages(), Pages::huge);
    EXPECT_EQ(space_.size() % kPage, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(space_.view().base) % kPage, 0u);
    // The memory before the locks is untouched and would be of standard pages otherwise.
    EXPECT_EQ(madvise(space_.view().base + kPart, kPart, MADV_DONTNEED), -1)
        << "a part of a huge page cannot be given back";
}

TEST_P(HugePageSpace, AWakeInOnePartReachesNoOther) {
    const Attachment attachment(space_);
    for (std::uint32_t part = 0; part < 2; ++part) lock_of(space_, part).acquire(Mode::exclusive);
    Peer first(space_, [&] {
        EXPECT_TRUE(lock_of(space_, 0).acquire(Mode::exclusive));
        lock_of(space_, 0).release();
    });
    first.await_waiting();
    Peer second(space_, [&] {
        EXPECT_TRUE(lock_of(space_, 1).acquire(Mode::exclusive));
        lock_of(space_, 1).release();
    });
    second.await_waiting();
    // If they shared a futex, the first one would get the second one's wake.
    const atomics::Scope scope = space_.view().scope;
    for (std::uint32_t part = 2; part < kParts; ++part) {
        EXPECT_EQ(atomics::futex_wake(lock_of(space_, part).words().wait_seq.address(),
                                      atomics::kWakeAll, scope),
                  0u)
            << part;
    }
    lock_of(space_, 1).release();
    second.join();
    lock_of(space_, 0).release();
    first.join();
}

// Processes that map the memory at different addresses use locks in all parts.
TEST_P(HugePageSpace, NothingIsLostBetweenItsParts) {
    constexpr unsigned kProcesses = 6;
    constexpr std::uint64_t kRounds = 400;
    SharedBlock<Barrier> start(kProcesses);
    std::deque<Child> children;
    for (unsigned process = 0; process < kProcesses; ++process) {
        children.emplace_back([&] {
            LockSpace mine = space_;
            if (space_.descriptor() >= 0) {
                EXPECT_EQ(LockSpace::open_descriptor(space_.descriptor(), mine), Status::ok);
                EXPECT_EQ(mine.pages(), Pages::huge);
                EXPECT_NE(mine.user_memory(), space_.user_memory());
            }
            const Attachment attachment(mine);
            start->arrive_and_wait();
            for (std::uint64_t round = 0; round < kRounds; ++round) {
                for (std::uint32_t part = 0; part < kParts; ++part) {
                    lock_of(mine, part).acquire(Mode::exclusive);
                    ++number_of(mine, part);
                    lock_of(mine, part).release();
                }
            }
        });
    }
    for (Child& child : children) child.join();
    for (std::uint32_t part = 0; part < kParts; ++part) {
        EXPECT_EQ(number_of(space_, part), kProcesses * kRounds);
        EXPECT_TRUE(state::is_free(lock_of(space_, part).state_word()));
    }
}

constexpr SpaceOptions kTooLarge{.user_bytes = std::uint64_t{1} << 38, .pages = Pages::huge};

TEST(HugePagesThatAreMissing, AreAnErrorOfTheirOwn) {
    LockSpace space;
    EXPECT_EQ(LockSpace::create_anonymous(kTooLarge, space), Status::no_huge_pages);
    EXPECT_EQ(LockSpace::create_memfd(kTooLarge, space), Status::no_huge_pages);
    EXPECT_FALSE(space.valid());
    EXPECT_STREQ(describe(Status::no_huge_pages),
                 "too few huge pages are reserved; raise vm.nr_hugepages, or use standard pages");
}

TEST(HugePagesThatAreMissing, AreReplacedWhenThatIsWanted) {
    SpaceOptions options = kTooLarge;
    options.pages = Pages::huge_if_reserved;
    for (const Create create : {LockSpace::create_anonymous, LockSpace::create_memfd}) {
        LockSpace space;
        ASSERT_EQ(create(options, space), Status::ok);
        EXPECT_EQ(space.pages(), Pages::standard);
        {
            const Attachment attachment(space);
            Lock& lock = *static_cast<Lock*>(space.user_memory());
            lock.acquire(Mode::exclusive);
            lock.release();
        }
        space.unmap();
    }
}

TEST(HugePagesThatAreMissing, CannotBeHadByNameOrInOnesOwnMemory) {
    LockSpace space;
    alignas(4096) static std::byte memory[4096];
    EXPECT_EQ(LockSpace::create_named("/lwlock-test-huge", kOptions, space), Status::bad_argument);
    EXPECT_EQ(LockSpace::create_in(memory, sizeof memory, true, kOptions, space),
              Status::bad_argument);
}

}  // namespace
}  // namespace lwlock::tests
