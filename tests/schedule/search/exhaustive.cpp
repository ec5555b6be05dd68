#include "tests/schedule/search/exhaustive.hpp"

#include <stdexcept>

namespace lwlock::tests::schedule {

bool Exhaustive::worth_going_on(Hash state) {
    // On the way to the choice that differs, everything was entered before.
    return depth_ < path_.size() || visited_.enter(state, left_);
}

std::size_t Exhaustive::choose(std::span<const Option> options) {
    if (depth_ == path_.size()) {
        if (options.size() > kMostOptions) throw std::length_error("too many options");
        Choice choice{};
        choice.left = left_;
        choice.count = static_cast<std::uint8_t>(options.size());
        for (std::size_t i = 0; i < options.size(); ++i) choice.costs[i] = options[i].cost;
        // The first option is always affordable.
        path_.push_back(choice);
    }
    const Choice& choice = path_[depth_++];
    if (choice.count != options.size()) {
        throw std::logic_error("a schedule does not repeat itself");
    }
    pay(choice.costs[choice.chosen]);
    return choice.chosen;
}

bool Exhaustive::next() {
    while (!path_.empty()) {
        Choice& choice = path_.back();
        for (unsigned i = choice.chosen + 1u; i < choice.count; ++i) {
            if (affordable(choice.left, choice.costs[i])) {
                choice.chosen = static_cast<std::uint8_t>(i);
                begin_schedule();
                return true;
            }
        }
        path_.pop_back();
    }
    return false;
}

std::vector<std::uint8_t> Exhaustive::choices() const {
    std::vector<std::uint8_t> choices;
    for (std::size_t i = 0; i < depth_; ++i) choices.push_back(path_[i].chosen);
    return choices;
}

}  // namespace lwlock::tests::schedule
