// Entries of the held-lock table: their packing, and the table's own moves.

#include <gtest/gtest.h>

#include <vector>

#include "lwlock/backend.hpp"
#include "lwlock/held_locks.hpp"
#include "lwlock/slot.hpp"
#include "tests/support/random.hpp"

namespace lwlock::tests {
namespace {

constexpr Mark kMarks[] = {Mark::none, Mark::acquiring, Mark::held, Mark::releasing};
constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(HeldEntry, SurvivesPacking) {
    for (const Location location :
         {Location{0}, Location{4}, Location{1} << 47, Location{-4}, -(Location{1} << 47)}) {
        for (const Mark mark : kMarks) {
            for (const Mode mode : kModes) {
                const HeldEntry entry{location, mark, mode};
                if (mark == Mark::none && mode == Mode::shared) continue;  // stands for biased
                EXPECT_EQ(HeldEntry::unpacked(entry.packed()), entry);
            }
        }
        const HeldEntry biased{location, Mark::biased, Mode::shared};
        EXPECT_EQ(HeldEntry::unpacked(biased.packed()), biased);
    }
}

TEST(HeldEntry, AllZeroIsNoEntry) {
    EXPECT_EQ(HeldEntry::unpacked(0).mark, Mark::none);
    EXPECT_EQ(HeldEntry{}.packed(), 0u);
}

TEST(HeldEntry, AnyBitsDecodeToAnEntry) {
    Random random(test_seed(), 1);
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t bits =
            std::uint64_t{random.below(UINT32_MAX)} << 32 | random.below(UINT32_MAX);
        const HeldEntry entry = HeldEntry::unpacked(bits);
        EXPECT_EQ(entry.location % 4, 0);
        EXPECT_LE(static_cast<int>(entry.mark), 4);
        EXPECT_LE(static_cast<int>(entry.mode), 1);
        EXPECT_EQ(HeldEntry::unpacked(entry.packed()), entry);
    }
}

TEST(Location, IsTheOffsetWithinTheSegment) {
    alignas(4) const char segment[64] = {};
    const auto base = reinterpret_cast<std::uintptr_t>(segment);
    EXPECT_EQ(location_of(segment, base), 0);
    EXPECT_EQ(location_of(segment + 48, base), 48);
}

TEST(Location, OfALockBelowTheSegmentIsNegative) {
    const char memory[64] = {};
    const auto base = reinterpret_cast<std::uintptr_t>(memory + 32);
    const Location location = location_of(memory, base);
    EXPECT_EQ(location, -32);
    EXPECT_EQ(address_of(location, base), memory);
}

class HeldTableMoves : public testing::Test {
  protected:
    HeldTableMoves() {
        self_.slot = &slot_;
        self_.first = slot_.held.entries;
        self_.base = 0;
    }

    void fill(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            self_.entry(i).store_relaxed(
                HeldEntry{Location{i + 1} * 16, Mark::held, Mode::shared}.packed());
        }
        self_.set_held(count);
    }
    std::vector<Location> locations() const {
        std::vector<Location> found;
        for (const auto& word : slot_.held.entries) {
            const HeldEntry entry = HeldEntry::unpacked(word.load_relaxed());
            if (entry.mark != Mark::none) found.push_back(entry.location);
        }
        return found;
    }

    Slot slot_{};
    detail::Backend self_;
};

TEST_F(HeldTableMoves, RemovalKeepsTheOrderOfTheOthers) {
    constexpr std::uint32_t kCount = 5;
    for (std::uint32_t removed = 0; removed < kCount; ++removed) {
        fill(kCount);
        detail::remove_entry(self_, removed);
        EXPECT_EQ(self_.held(), kCount - 1);
        std::vector<Location> expected;
        for (std::uint32_t i = 0; i < kCount; ++i) {
            if (i != removed) expected.push_back(Location{i + 1} * 16);
        }
        EXPECT_EQ(locations(), expected);
    }
}

TEST_F(HeldTableMoves, AFullTableCanLoseAnyEntry) {
    for (const std::uint32_t removed : {0u, 99u, kMaxHeldLocks - 1}) {
        fill(kMaxHeldLocks);
        detail::remove_entry(self_, removed);
        EXPECT_EQ(locations().size(), kMaxHeldLocks - 1);
    }
}

TEST_F(HeldTableMoves, TheYoungestEntryIsFoundFirst) {
    fill(3);
    self_.entry(2).store_relaxed(HeldEntry{16, Mark::held, Mode::shared}.packed());
    EXPECT_EQ(detail::find_held(self_, reinterpret_cast<void*>(std::uintptr_t{16})), 2u);
    EXPECT_EQ(detail::find_held(self_, reinterpret_cast<void*>(std::uintptr_t{32})), 1u);
    EXPECT_EQ(detail::find_held(self_, reinterpret_cast<void*>(std::uintptr_t{48})), kMaxHeldLocks);
}

}  // namespace
}  // namespace lwlock::tests
