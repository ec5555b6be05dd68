#include "damage.hpp"

#include <cstring>
#include <iterator>

namespace lwlock::tests::fuzz {
namespace {

using detail::Layout;

// Values at the edges of what fields can hold or mean.
constexpr std::uint64_t kEdges[] = {0,
                                    1,
                                    2,
                                    3,
                                    63,
                                    64,
                                    255,
                                    256,
                                    0x7fff,
                                    0xffff,
                                    0x10000,
                                    0x10001,
                                    0x1ffff,
                                    0x20000,
                                    0x3ffff,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    0x100000000,
                                    std::uint64_t{1} << 46,
                                    (std::uint64_t{1} << 46) + 1,
                                    (std::uint64_t{1} << 48) - 1,
                                    std::uint64_t{1} << 63,
                                    UINT64_MAX};

struct Region {
    std::uint64_t begin;
    std::uint64_t end;
};

// The parts that are in use in the sample, small enough to be hit.
Region any_region(Input& input, const Layout& layout) {
    const auto first = [](std::uint64_t begin, std::uint64_t bytes) {
        return Region{begin, begin + bytes};
    };
    switch (input.below(10)) {
        case 0:
        case 1: return first(0, sizeof(detail::SegmentHeader));
        case 2: return first(layout.bitmap, 16);
        case 3: return first(layout.slots, 3 * sizeof(Slot));
        case 4:
            return first(layout.tranches + 7 * sizeof(detail::TrancheEntry),
                         sizeof(detail::TrancheEntry));
        case 5:
            return first(layout.tranches + 256 * sizeof(detail::TrancheEntry),
                         4 * sizeof(detail::TrancheEntry));
        case 6: return first(layout.locks, 8 * 16);
        case 7: return first(layout.user, 4 * 16);
        case 8: return {layout.name_index, layout.counters};
        default: return {0, layout.size};
    }
}

}  // namespace

void damage(Input& input, std::byte* memory, std::size_t available, const Layout& layout,
            Untouchable untouchable) {
    const Region region = any_region(input, layout);
    const std::uint64_t length = region.end - region.begin;
    std::size_t width = std::size_t{1} << input.below(4);
    std::uint64_t at = region.begin + input.below(static_cast<std::uint32_t>(length));
    if (!input.flip()) at -= at % width;
    const std::uint64_t value =
        input.flip() ? input.take<std::uint64_t>() : kEdges[input.below(std::size(kEdges))];
    // A run of the same value, as a stray memset would leave it.
    std::size_t repeat = input.below(16) == 0 ? input.take<std::uint16_t>() : 1;
    for (; repeat > 0; --repeat, at += width) {
        if (at + width > available) return;
        if (at < untouchable.end && at + width > untouchable.begin) continue;
        std::memcpy(memory + at, &value, width);
    }
}

}  // namespace lwlock::tests::fuzz
