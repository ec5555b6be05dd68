#include "tests/schedule/search/session.hpp"

#include <iostream>

#include "tests/schedule/search/adversary.hpp"
#include "tests/schedule/search/random.hpp"
#include "tests/schedule/search/random_program.hpp"
#include "tests/schedule/search/replay.hpp"

namespace lwlock::tests::schedule {

void Totals::operator+=(const Totals& other) {
    programs += other.programs;
    schedules += other.schedules;
    cut_short += other.cut_short;
    states += other.states;
    steps += other.steps;
}

Session::Session(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)), runner_(machine_, *implementation_) {}

void Session::load(Program program) {
    program_ = std::move(program);
    if (bias_) program_.bias = *bias_;
    if (prefers_writers_) program_.prefers_writers = true;
    runner_.load(program_);
}

void Session::count(const Outcome& outcome, Totals& totals) const {
    ++totals.schedules;
    totals.steps += outcome.steps;
    if (outcome.kind == Outcome::Kind::cut_short) ++totals.cut_short;
}

bool Session::exhaust(const Program& program, const Limits& limits, Totals& totals) {
    load(program);
    Exhaustive search(limits);
    search.clear();
    ++totals.programs;
    do {
        const Outcome outcome = machine_.run(search, nullptr);
        count(outcome, totals);
        if (outcome.kind == Outcome::Kind::failed) {
            return report(outcome, "exhaustive search", search.choices());
        }
    } while (search.next());
    totals.states += search.states();
    return true;
}

bool Session::sample(std::uint64_t seed, Totals& totals) {
    Program program = random_program(seed, *implementation_);
    if (adds_asynchronous_) schedule::add_asynchronous(seed, program);
    load(std::move(program));
    std::size_t operations = 0;
    for (const auto& backend : program_.backends) operations += backend.size();
    constexpr std::size_t kStepsOfOperation = 12;
    RandomChooser chooser(seed, operations * kStepsOfOperation);
    const Outcome outcome = machine_.run(chooser, nullptr);
    ++totals.programs;
    count(outcome, totals);
    if (outcome.kind != Outcome::Kind::failed) return true;
    return report(outcome, "random search, --random 1 --seed " + std::to_string(seed),
                  chooser.choices());
}

bool Session::harass(std::uint64_t seed, Totals& totals) {
    load(harassing_program(seed));
    Adversary chooser(seed, program_.backends.size() - 1,
                      [&] { return implementation_->is_held(0); });
    const Outcome outcome = machine_.run(chooser, nullptr);
    ++totals.programs;
    count(outcome, totals);
    if (outcome.kind != Outcome::Kind::failed) return true;
    return report(outcome, "adversary, --harass 1 --seed " + std::to_string(seed),
                  chooser.choices());
}

bool Session::replay(const Program& program, const std::string& choices) {
    load(program);
    Replay chooser(parse_choices(choices));
    Trace trace;
    const Outcome outcome = machine_.run(chooser, &trace);
    trace.print(std::cout);
    if (outcome.kind == Outcome::Kind::failed) {
        std::cout << "FAILED: " << outcome.failure << '\n';
        return false;
    }
    std::cout << "passed\n";
    return true;
}

bool Session::report(const Outcome& outcome, const std::string& origin,
                     const std::vector<std::uint8_t>& choices) {
    const std::string text = text_of_choices(choices);
    const std::string bias =
        " --bias " + std::string(kReadBiases[static_cast<std::size_t>(program_.bias)]);
    std::cout << "FAILED: " << outcome.failure << "\n  implementation " << implementation_->name()
              << ", found by " << origin << "\n  replay with: --implementation "
              << implementation_->name() << " --program '" << program_.text() << "'"
              << (program_.spinning ? " --spinning" : "")
              << (program_.prefers_writers ? " --prefer-writers" : "") << bias << " --replay "
              << text << "\n\n";
    const bool passed = replay(program_, text);
    if (passed) std::cout << "the replay does not show the failure: the search is at fault\n";
    std::cout << std::flush;
    return false;
}

}  // namespace lwlock::tests::schedule
