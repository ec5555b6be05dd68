#include "tests/schedule/search/random.hpp"

#include <algorithm>
#include <numeric>

namespace lwlock::tests::schedule {

RandomChooser::RandomChooser(std::uint64_t seed, std::size_t steps)
    : engine_(static_cast<Engine::result_type>(mix(0, seed))) {
    walk_ = one_in(5);
    constexpr unsigned kStale[] = {0, 3, 10, 40};
    stale_one_in_ = kStale[engine_() % 4];
    constexpr unsigned kEvents[] = {0, 20, 100};
    event_one_in_ = kEvents[engine_() % 3];
    interferences_left_ = engine_() % 4;
    stale_left_ = 30;
    std::iota(priority_.begin(), priority_.end(), 1);
    std::shuffle(priority_.begin(), priority_.end(), engine_);
    const std::size_t changes = engine_() % 8;
    for (std::size_t i = 0; i < changes; ++i) change_points_.push_back(engine_() % (steps + 1));
}

std::size_t RandomChooser::choose(std::span<const Option> options) {
    const std::size_t chosen =
        options[0].kind == Option::Kind::value ? choose_value(options) : choose_backend(options);
    choices_.push_back(static_cast<std::uint8_t>(chosen));
    return chosen;
}

std::size_t RandomChooser::choose_value(std::span<const Option> options) {
    if (stale_one_in_ == 0 || stale_left_ == 0 || !one_in(stale_one_in_)) return 0;
    --stale_left_;
    return engine_() % options.size();
}

std::size_t RandomChooser::choose_backend(std::span<const Option> options) {
    ++step_;
    std::size_t run = 0;  // the options that run somebody come first
    while (run < options.size() && options[run].kind == Option::Kind::run) ++run;
    const bool eventful = run == 0 || (event_one_in_ != 0 && one_in(event_one_in_));
    if (eventful && run < options.size()) {
        const std::size_t event = run + engine_() % (options.size() - run);
        const bool tick = options[event].kind == Option::Kind::tick;
        if (tick) return event;
        if (interferences_left_ != 0) {
            --interferences_left_;
            return event;
        }
        if (run == 0) return 0;  // nobody can run, so the clock is first
    }
    if (walk_) return engine_() % run;
    if (std::ranges::find(change_points_, step_) != change_points_.end()) {
        priority_[options[0].number] = lowest_--;
    }
    const auto best = std::ranges::max_element(
        options.first(run), {}, [&](const Option& option) { return priority_[option.number]; });
    return static_cast<std::size_t>(best - options.begin());
}

}  // namespace lwlock::tests::schedule
