// schedule_search: deterministic schedules over the real code of the locks.
// docs/testing.md says what it covers and how to read a failure.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "tests/schedule/search/plan.hpp"
#include "tests/schedule/search/session.hpp"

namespace schedule = lwlock::tests::schedule;

namespace {

struct Options {
    std::string implementation = "lwlock";
    std::string program;
    std::string bias;
    bool prefer_writers = false;
    std::string replay;
    std::size_t together = 0;
    std::size_t beside = 0;
    unsigned preemptions = 3;
    unsigned stale = 1;
    unsigned interferences = 1;
    unsigned ticks = 1;
    std::uint64_t random = 0;
    std::uint64_t harass = 0;
    std::uint64_t seed = 1;
    std::string part = "1/1";
    bool asynchronous = false;
    bool spinning = false;
    bool verbose = false;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--implementation", options.implementation, "what is searched")
        ->check(CLI::IsMember(std::vector<std::string>(std::begin(schedule::kImplementations),
                                                       std::end(schedule::kImplementations))))
        ->capture_default_str();
    app.add_option("--together", options.together,
                   "exhaustive: every choice of this many operations, a backend each")
        ->check(CLI::Range(1, 4));
    app.add_option("--beside-asynchronous", options.beside,
                   "exhaustive: likewise, beside a backend with asynchronous requests")
        ->check(CLI::Range(1, 3));
    app.add_option("--program", options.program,
                   "exhaustive: this program, such as 'X S | tX | TS' (subject/program.hpp)");
    app.add_option("--bias", options.bias,
                   "read bias of the locks (default: off; random programs draw it)")
        ->check(CLI::IsMember(std::vector<std::string>(std::begin(schedule::kReadBiases),
                                                       std::end(schedule::kReadBiases))));
    app.add_option("--preemptions", options.preemptions, "exhaustive: at most so many")
        ->capture_default_str();
    app.add_option("--stale", options.stale, "exhaustive: stale loads, at most")
        ->capture_default_str();
    app.add_option("--interferences", options.interferences,
                   "exhaustive: stray wakes and signals, at most")
        ->capture_default_str();
    app.add_option("--ticks", options.ticks,
                   "exhaustive: deadlines that pass while somebody could run, at most")
        ->capture_default_str();
    app.add_option("--part", options.part, "exhaustive: this part of the programs, such as 1/2")
        ->capture_default_str();
    app.add_option("--random", options.random, "so many random schedules");
    app.add_option("--harass", options.harass, "so many schedules that want to starve a backend");
    app.add_option("--seed", options.seed, "of the first random schedule; the next has the next")
        ->capture_default_str();
    app.add_option("--replay", options.replay, "repeats one schedule of --program, with a trace");
    app.add_flag("--prefer-writers", options.prefer_writers,
                 "the locks have a gate for writers (random programs draw it)");
    app.add_flag("--asynchronous", options.asynchronous,
                 "random programs have a backend with asynchronous requests as well");
    app.add_flag("--spinning", options.spinning,
                 "exhaustive: spinning can pay (random programs draw it)");
    app.add_flag("--verbose", options.verbose, "a line for every program");
}

class Clock {
  public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void print(const char* what, const schedule::Totals& totals, const Clock& clock) {
    const double seconds = clock.seconds();
    std::cout << what << ": " << totals.programs << " programs, " << totals.schedules
              << " schedules";
    if (totals.cut_short != 0) {
        std::cout << " (" << totals.cut_short << " cut short at a state seen before), "
                  << totals.states << " states";
    }
    std::cout << ", " << totals.steps << " steps, " << std::fixed << std::setprecision(1) << seconds
              << " s, "
              << static_cast<std::uint64_t>(static_cast<double>(totals.schedules) / seconds)
              << " schedules/s" << std::endl;
}

bool exhaust(schedule::Session& session, const Options& options,
             const std::vector<schedule::Program>& programs) {
    schedule::Limits limits;
    limits[schedule::Cost::preemption] = static_cast<std::uint8_t>(options.preemptions);
    limits[schedule::Cost::stale] = static_cast<std::uint8_t>(options.stale);
    limits[schedule::Cost::interference] = static_cast<std::uint8_t>(options.interferences);
    limits[schedule::Cost::tick] = static_cast<std::uint8_t>(options.ticks);
    const Clock clock;
    schedule::Totals totals;
    for (schedule::Program program : programs) {
        const Clock own_clock;
        program.spinning = options.spinning;
        schedule::Totals own;
        if (!session.exhaust(program, limits, own)) return false;
        totals += own;
        if (options.verbose) print(program.text().c_str(), own, own_clock);
    }
    print("exhaustive", totals, clock);
    return true;
}

template <typename One>
bool repeat(const char* what, std::uint64_t times, std::uint64_t seed, One one) {
    const Clock clock;
    schedule::Totals totals;
    for (std::uint64_t i = 0; i < times; ++i) {
        if (!one(seed + i, totals)) return false;
    }
    print(what, totals, clock);
    return true;
}

bool run(const Options& options) {
    schedule::Session session(schedule::make_implementation(options.implementation));
    if (!options.bias.empty()) session.set_bias(schedule::parse_bias(options.bias));
    if (options.prefer_writers) session.prefer_writers();
    if (options.asynchronous) session.add_asynchronous();
    if (!options.program.empty()) {
        schedule::Program program = schedule::parse_program(options.program);
        if (!options.replay.empty()) {
            program.spinning = options.spinning;
            return session.replay(program, options.replay);
        }
        return exhaust(session, options, {program});
    }
    if (options.together != 0) {
        const auto programs = schedule::part_of(
            schedule::all_together(options.together, session.implementation()), options.part);
        if (!exhaust(session, options, programs)) return false;
    }
    if (options.beside != 0) {
        const auto programs = schedule::part_of(
            schedule::beside_asynchronous(options.beside, session.implementation()), options.part);
        if (!exhaust(session, options, programs)) return false;
    }
    if (options.random != 0 &&
        !repeat("random", options.random, options.seed,
                [&](auto seed, auto& totals) { return session.sample(seed, totals); })) {
        return false;
    }
    return options.harass == 0 ||
           repeat("harassing", options.harass, options.seed,
                  [&](auto seed, auto& totals) { return session.harass(seed, totals); });
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Searches the schedules of lock programs in a simulated machine.",
                 "schedule_search"};
    Options options;
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    try {
        return run(options) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "schedule_search: " << error.what() << '\n';
        return 2;
    }
}
