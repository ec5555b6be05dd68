/// \file
/// What the words of the library's lock say, for people and for the checks.
#pragma once

#include <cstdint>
#include <string>

#include "lwlock/slot.hpp"
#include "lwlock/state.hpp"
#include "tests/schedule/machine/machine.hpp"
#include "waitqueue/eventcount.hpp"

namespace lwlock::tests::schedule {

/// Entries of a held-lock table that programs use, at most.
inline constexpr std::size_t kEntriesInUse = 8;

/// What a slot says of a lock, whatever the marks.
struct Entries {
    std::uint32_t counted = 0;
    std::uint32_t biased = 0;
    bool exclusive = false;
};

inline Entries entries_of(const Slot& slot, Location location) {
    Entries entries;
    for (std::size_t i = 0; i < kEntriesInUse; ++i) {
        const HeldEntry entry = HeldEntry::unpacked(slot.held.entries[i].load_relaxed());
        if (entry.location != location || entry.mark == Mark::none) continue;
        if (entry.mark == Mark::biased) {
            ++entries.biased;
        } else if (entry.mode == Mode::exclusive) {
            entries.exclusive = true;
        } else {
            ++entries.counted;
        }
    }
    return entries;
}

inline std::string describe_state(state::Word word) {
    std::string text;
    const auto add = [&](const std::string& part) {
        if (!text.empty()) text += ' ';
        text += part;
    };
    // While EXCLUSIVE is set, the holder's number + 1 is in the count.
    const std::string count = std::to_string(state::shared_count(word));
    if (state::is_exclusive(word)) {
        add("X+" + count);
    } else {
        add(state::shared_count(word) == 0 ? "free" : "S=" + count);
    }
    if ((word & state::kBiased) != 0) add("BIASED");
    if ((word & state::kDraining) != 0) add("DRAINING");
    if ((word & state::kHandoff) != 0) add("HANDOFF");
    if ((word & state::kWaking) != 0) add("WAKING");
    static constexpr const char* kBits[] = {"S", "X", "F", "V", "H"};
    std::string waiters;
    for (int i = 0; i < 5; ++i) {
        if ((word >> (state::kWaitShift + i) & 1) != 0) waiters += kBits[i];
    }
    if (!waiters.empty()) add("waiters:" + waiters);
    return '{' + text + '}';
}

inline std::string describe_entry(std::uint64_t bits) {
    const HeldEntry entry = HeldEntry::unpacked(bits);
    static constexpr const char* kMarks[] = {"none", "acquiring", "held", "releasing", "biased"};
    std::string text = kMarks[static_cast<std::size_t>(entry.mark)];
    if (entry.mark != Mark::none) text += std::string(" ") + name_of(entry.mode);
    return text;
}

/// The classes and backends of a futex bitset.
inline std::string describe_sleepers(std::uint32_t bitset) {
    static constexpr const char* kClasses[] = {"S", "X", "F", "V", "H"};
    std::string text;
    for (int i = 0; i < 5; ++i) {
        if ((bitset >> i & 1) != 0) text += kClasses[i];
    }
    for (std::uint32_t i = 0; i < kMaxBackends; ++i) {
        if ((bitset & waitqueue::backend_bit(i)) != 0) text += " b" + std::to_string(i);
    }
    return text;
}

}  // namespace lwlock::tests::schedule
