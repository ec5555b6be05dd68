/// \file
/// The states that an exhaustive search has seen, each with what it could still
/// spend there: coming again with no more than that to spend finds nothing new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/schedule/machine/chooser.hpp"
#include "tests/schedule/machine/hash.hpp"

namespace lwlock::tests::schedule {

class Visited {
  public:
    Visited() : entries_(kSmallest) {}

    void clear() {
        ++generation_;
        count_ = 0;
    }
    std::size_t size() const { return count_; }

    /// False when the state was seen with at least as much left.
    bool enter(Hash state, const Limits& left) {
        if (count_ * 2 >= entries_.size()) grow();
        const std::uint32_t packed = pack(left);
        std::size_t at = state & (entries_.size() - 1);
        for (; entries_[at].generation == generation_; at = (at + 1) & (entries_.size() - 1)) {
            Entry& entry = entries_[at];
            if (entry.state != state) continue;
            if (covers(entry.left, packed)) return false;
            if (covers(packed, entry.left)) {
                entry.left = packed;
                return true;
            }
        }
        entries_[at] = {state, packed, generation_};
        ++count_;
        return true;
    }

  private:
    static constexpr std::size_t kSmallest = std::size_t{1} << 14;

    struct Entry {
        Hash state = 0;
        std::uint32_t left = 0;
        std::uint32_t generation = 0;
    };

    // A byte a cost; the one of Cost::nothing is not needed.
    static std::uint32_t pack(const Limits& limits) {
        std::uint32_t packed = 0;
        for (std::size_t i = 1; i < kCosts; ++i) packed = packed << 8 | limits.at_most[i];
        return packed;
    }
    static bool covers(std::uint32_t more, std::uint32_t less) {
        for (int shift = 0; shift < 32; shift += 8) {
            if ((more >> shift & 255) < (less >> shift & 255)) return false;
        }
        return true;
    }

    void grow() {
        std::vector<Entry> old(entries_.size() * 2);
        old.swap(entries_);
        for (const Entry& entry : old) {
            if (entry.generation != generation_) continue;
            std::size_t at = entry.state & (entries_.size() - 1);
            while (entries_[at].generation == generation_) at = (at + 1) & (entries_.size() - 1);
            entries_[at] = entry;
        }
    }

    std::vector<Entry> entries_;
    std::size_t count_ = 0;
    std::uint32_t generation_ = 1;
};

}  // namespace lwlock::tests::schedule
