#include "tests/schedule/subject/program.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace lwlock::tests::schedule {
namespace {

struct Word {
    std::string_view text;
    Verb verb;
    bool exclusive;
};

constexpr Word kWords[] = {
    {"X", Verb::acquire, true},
    {"S", Verb::acquire, false},
    {"tX", Verb::try_acquire, true},
    {"tS", Verb::try_acquire, false},
    {"TX", Verb::timed, true},
    {"TS", Verb::timed, false},
    {"PX", Verb::overdue, true},
    {"PS", Verb::overdue, false},
    {"CX", Verb::cancellable, true},
    {"CS", Verb::cancellable, false},
    {"LX", Verb::timed_cancellable, true},
    {"LS", Verb::timed_cancellable, false},
    {"JX", Verb::cancellable_anew, true},
    {"JS", Verb::cancellable_anew, false},
    {"K", Verb::cancel, false},
    {"WX", Verb::acquire_or_wait, true},
    {"WS", Verb::acquire_or_wait, false},
    {"V", Verb::wait_for_var, false},
    {"VO", Verb::wait_for_other, false},
    {"U", Verb::update_var, true},
    {"E", Verb::update_equal, true},
    {"Y", Verb::update_and_stay, true},
    {"VY", Verb::wait_for_stay, false},
    {"R", Verb::release_clear_var, true},
    {"DX", Verb::disown, true},
    {"DS", Verb::disown, false},
    {"HX", Verb::hand_over, true},
    {"HS", Verb::hand_over, false},
    {"G", Verb::take_over, false},
    {"ZS", Verb::stay, false},
    {"GS", Verb::meet, false},
    {"AX", Verb::release_all, true},
    {"AS", Verb::release_all, false},
    {"SS", Verb::reentrant, false},
    {"QX", Verb::self_deadlock, true},
    {"QS", Verb::self_deadlock, false},
    {"NX", Verb::nested, true},
    {"NS", Verb::nested, false},
    {"M", Verb::requeue, false},
    {"BX", Verb::nested_shared, true},
    {"BS", Verb::nested_shared, false},
    {"FX", Verb::free_memory, true},
    {"aX", Verb::request, true},
    {"aS", Verb::request, false},
    {"aN", Verb::look, false},
    {"aK", Verb::cancel_first, false},
    {"aL", Verb::cancel_last, false},
};

constexpr bool needs_counterpart(Verb verb) {
    switch (verb) {
        case Verb::update_and_stay:
        case Verb::wait_for_stay:
        case Verb::hand_over:
        case Verb::take_over:
        case Verb::stay:
        case Verb::meet: return true;
        default: return false;
    }
}

constexpr bool takes_two_locks(Verb verb) {
    return verb == Verb::nested || verb == Verb::nested_shared;
}

}  // namespace

Operation parse_operation(std::string_view word) {
    std::string_view name = word;
    std::uint8_t lock = 0;
    if (!name.empty() && name.back() >= '0' && name.back() <= '9') {
        lock = static_cast<std::uint8_t>(name.back() - '0');
        name.remove_suffix(1);
    }
    for (const Word& known : kWords) {
        if (known.text == name) return {known.verb, known.exclusive, lock};
    }
    throw std::invalid_argument("program: unknown operation \"" + std::string(word) + "\"");
}

std::vector<Operation> independent_operations() {
    std::vector<Operation> operations;
    for (const Word& word : kWords) {
        if (needs_counterpart(word.verb) || is_asynchronous(word.verb)) continue;
        operations.push_back({word.verb, word.exclusive, 0});
    }
    return operations;
}

std::string text_of(const Operation& operation) {
    for (const Word& known : kWords) {
        if (known.verb == operation.verb && known.exclusive == operation.exclusive) {
            return std::string(known.text) +
                   (operation.lock == 0 ? "" : std::to_string(operation.lock));
        }
    }
    return "?";
}

bool is_asynchronous(std::span<const Operation> operations) {
    return std::ranges::any_of(operations,
                               [](const Operation& o) { return is_asynchronous(o.verb); });
}

std::size_t Program::locks() const {
    std::size_t locks = 1;
    for (const auto& operations : backends) {
        for (const Operation& operation : operations) {
            const std::size_t last = operation.lock + (takes_two_locks(operation.verb) ? 1u : 0u);
            locks = std::max(locks, last + 1);
        }
    }
    return locks;
}

bool Program::uses(Verb verb) const {
    return std::ranges::any_of(backends, [&](const auto& operations) {
        return std::ranges::any_of(operations, [&](const Operation& o) { return o.verb == verb; });
    });
}

std::string Program::text() const {
    std::string text;
    for (std::size_t i = 0; i < backends.size(); ++i) {
        if (i != 0) text += " |";
        for (const Operation& operation : backends[i]) {
            if (!text.empty()) text += ' ';
            text += text_of(operation);
        }
    }
    return text;
}

ReadBias parse_bias(std::string_view name) {
    const auto* const found = std::ranges::find(kReadBiases, name);
    return static_cast<ReadBias>(found - std::begin(kReadBiases));
}

Program parse_program(std::string_view text) {
    Program program;
    program.backends.emplace_back();
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (word == "|") {
            program.backends.emplace_back();
        } else {
            program.backends.back().push_back(parse_operation(word));
        }
    }
    return program;
}

}  // namespace lwlock::tests::schedule
