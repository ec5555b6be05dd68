// A segment whose inside was scribbled over: wrong answers are allowed, but no
// crash, no endless loop, and no address outside the segment.

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <span>
#include <thread>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/random.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr SpaceOptions kOptions{.backends = 4, .locks = 24};

bool inside(const LockSpace& space, const void* address, std::size_t bytes) {
    const auto* const first = static_cast<const std::byte*>(address);
    return first >= space.view().base && first + bytes <= space.view().base + space.size();
}

void look_at_everything(const LockSpace& space) {
    char name[kMaxTrancheName + 1];
    for (const int id : {0, 255, 256, 257, 65535}) {
        space.tranche_name(static_cast<std::uint16_t>(id), name);
        EXPECT_LE(strnlen(name, sizeof name), kMaxTrancheName);
    }
    std::uint16_t id = 0;
    EXPECT_TRUE(space.find_tranche("locks", id) == Status::ok ||
                space.find_tranche("locks", id) == Status::no_tranche);
    EXPECT_NE(space.find_tranche("never defined", id), Status::ok);
    std::span<Lock> locks;
    if (space.named_tranche("locks", locks) == Status::ok) {
        EXPECT_TRUE(inside(space, locks.data(), locks.size_bytes()));
    }
    for (const char* each : {"locks", "padded"}) {
        std::span<PaddedLock> padded;
        if (space.named_tranche(each, padded) == Status::ok) {
            EXPECT_TRUE(inside(space, padded.data(), padded.size_bytes()));
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(padded.data()) % 128, 0u);
        }
    }
    EXPECT_LE(space.backends_ever_used(), space.backends());
    BackendReport report{};
    for (BackendNumber backend = 0; backend < space.backends(); ++backend) {
        EXPECT_TRUE(space.report(backend, report));
        EXPECT_LE(report.held_count, kMaxHeldLocks);
        EXPECT_LE(static_cast<std::uint32_t>(report.waiting), 4u);
        for (std::uint32_t i = 0; i < report.held_count; ++i) {
            if (Lock* lock = space.lock_at(report.held[i].location)) {
                EXPECT_TRUE(inside(space, lock, sizeof(Lock)));
            }
        }
        EXPECT_EQ(space.cancel_wait(backend), Status::ok);
    }
}

// Damages a part of the segment in several ways, each time looking at everything.
void scribble(const std::function<std::span<std::byte>(const LockSpace&)>& part) {
    for (const int pattern : {0xff, 0x01, 0x7f, 0x80, -1}) {
        const LocalSpace space(kOptions);
        Worker(*space, [&] {
            std::uint16_t id = 0;
            EXPECT_EQ(space->request_tranche("locks", 5, id), Status::ok);
            EXPECT_EQ(space->request_padded_tranche("padded", 2, id), Status::ok);
        }).join();
        Random random(test_seed(), static_cast<std::uint64_t>(pattern));
        for (std::byte& byte : part(*space)) {
            byte =
                static_cast<std::byte>(pattern < 0 ? static_cast<int>(random.below(256)) : pattern);
        }
        look_at_everything(*space);
    }
}

TEST(DamagedInside, TrancheEntries) {
    scribble([](const LockSpace& space) {
        return std::as_writable_bytes(std::span(space.view().tranches(), kTranches));
    });
}

TEST(DamagedInside, NameIndex) {
    scribble([](const LockSpace& space) {
        return std::as_writable_bytes(std::span(space.view().name_index(), detail::kNameIndexSize));
    });
}

TEST(DamagedInside, Slots) {
    scribble([](const LockSpace& space) {
        return std::as_writable_bytes(std::span(space.view().slots(), space.backends()));
    });
}

TEST(DamagedInside, Counters) {
    scribble([](const LockSpace& space) {
        return std::span(space.view().base + space.view().layout.counters, 64 * 1024);
    });
}

TEST(DamagedInside, AFullBitmapMeansNoFreeSlot) {
    const LocalSpace space(kOptions);
    space->view().bitmap()[0].store_relaxed(UINT64_MAX);
    std::thread([&] { EXPECT_EQ(space->attach(), Status::no_free_slot); }).join();
    space->view().bitmap()[0].store_relaxed(~std::uint64_t{0xf});
    Worker(*space, [&] { EXPECT_LT(my_backend(), 4u); }).join();
}

TEST(DamagedInside, DefinitionsFailOrWork) {
    for (const std::uint32_t wrong : {0u, 1u, 65535u, 65536u, UINT32_MAX}) {
        const LocalSpace space(kOptions);
        auto& header = space->view().header();
        header.next_tranche.store_relaxed(wrong);
        header.locks_used.store_relaxed(wrong);
        header.slots_ever_used.store_relaxed(wrong);
        Worker(*space, [&] {
            std::uint16_t id = 0;
            const Status status = space->request_tranche("locks", 3, id);
            EXPECT_TRUE(status == Status::ok || status == Status::no_lock_room ||
                        status == Status::tranches_exhausted)
                << describe(status);
            look_at_everything(*space);
        }).join();
    }
}

TEST(DamagedInside, AFullNameIndexIsNotSearchedForEver) {
    const LocalSpace space(kOptions);
    for (std::uint32_t i = 0; i < detail::kNameIndexSize; ++i) {
        space->view().name_index()[i].store_relaxed(i % kTranches + 1);
    }
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->find_tranche("none", id), Status::no_tranche);
        EXPECT_EQ(space->new_tranche("none", id), Status::damaged_segment);
        EXPECT_EQ(space->register_tranche(1, "none"), Status::damaged_segment);
    }).join();
}

// The registry's lock looks held by somebody who is not there.
TEST(DamagedInside, AStuckRegistryTimesOut) {
    const LocalSpace space(kOptions);
    reinterpret_cast<Lock*>(&space->view().header().registry_lock)
        ->words()
        .state.store_relaxed(state::exclusive_unit(3));
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->new_tranche("a", id), Status::timed_out);
        EXPECT_EQ(held_count(), 0u);
    }).join();
}

}  // namespace
}  // namespace lwlock::tests
