/// \file
/// The simulated futex: who sleeps on which word, in the order they came.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lwlock::tests::schedule {

struct Sleeper {
    std::uint8_t id;  ///< of a backend that sleeps itself, its number
    std::uint8_t backend;
    const void* word;  ///< null: no wake reaches it
    std::uint32_t bitset;
    std::int64_t deadline;  ///< INT64_MAX for never
};

class Sleepers {
  public:
    void clear() { sleepers_.clear(); }
    void add(const Sleeper& sleeper) { sleepers_.push_back(sleeper); }
    const std::vector<Sleeper>& all() const { return sleepers_; }

    /// Takes the first sleeper of `word` that the bitset meets off the list.
    /// False when there is none.
    bool take_first(const void* word, std::uint32_t bitset, Sleeper& taken) {
        for (auto at = sleepers_.begin(); at != sleepers_.end(); ++at) {
            if (at->word == word && (at->bitset & bitset) != 0) {
                taken = *at;
                sleepers_.erase(at);
                return true;
            }
        }
        return false;
    }
    /// Likewise the one with this id, which has to be there.
    Sleeper take(std::uint8_t id) {
        const auto at = std::ranges::find(sleepers_, id, &Sleeper::id);
        const Sleeper taken = *at;
        sleepers_.erase(at);
        return taken;
    }
    /// The earliest deadline; INT64_MAX when nobody has one.
    std::int64_t next_deadline() const {
        std::int64_t next = INT64_MAX;
        for (const Sleeper& sleeper : sleepers_) {
            if (sleeper.deadline < next) next = sleeper.deadline;
        }
        return next;
    }

  private:
    std::vector<Sleeper> sleepers_;
};

}  // namespace lwlock::tests::schedule
