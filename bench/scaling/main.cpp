// Scenario `scaling`: what limits a lock as processors are added. Names:
//
//     scaling/line_move            one processor's store, until another one sees it
//     scaling/<implementation>/mode:<mode>/outside:<ns>/cpus:<n>
//
// The time of the latter is that from one acquire and release to the next,
// whoever makes it. The counter locked_instructions says how many of one pair's
// instructions have to own a cache line; bench/scaling/model predicts with it.

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/implementations/peers.hpp"
#include "bench/scaling/locked_instructions.hpp"
#include "bench/scaling/options.hpp"
#include "bench/support/contest.hpp"
#include "bench/support/program.hpp"
#include "bench/support/series.hpp"

namespace lwlock::bench {
namespace {

/// The two ends of a line that moves to and fro.
struct alignas(128) Ball {
    atomics::Atomic64 touched;
};

void play(unsigned number, std::uint64_t moves, Ball& ball) {
    for (std::uint64_t move = number; move < moves; move += 2) {
        while (ball.touched.load_acquire() != move) {
        }
        ball.touched.store_release(move + 1);
    }
}

Outcome move_line(std::chrono::seconds patience) {
    constexpr std::uint64_t kMoves = 400'000;
    const SharedMemory memory(sizeof(Ball));
    Ball& ball = *static_cast<Ball*>(memory.get());
    Team team(2, Team::Kind::processes);
    const double seconds =
        team.run({.arrive = [](unsigned number) { spread_over_processors(number, 2); },
                  .work = [&](unsigned number, Session&) { play(number, kMoves, ball); },
                  .leave = [] {}},
                 {.at_start = {},
                  .at_finish = {},
                  .progress = {},
                  .patience = patience,
                  .describe_locks = {}});
    return {.seconds = seconds / kMoves, .counters = {}};
}

template <Implementation I>
Outcome repeat_pairs(Contest contest, Mode mode) {
    const ContestResult result = hold_contest<I>(
        contest, [&](unsigned number, auto* locks, auto*, Arena& arena, Session& session) {
            std::uint64_t done = 0;
            while (arena.stop.load_relaxed() == 0) {
                for (unsigned each = 0; each < 64; ++each) {
                    I::acquire(locks->lock, mode);
                    I::release(locks->lock, mode);
                    contest.outside();
                }
                session.show_progress(done += 64);
            }
            arena.acquisitions()[number].store_relaxed(done);
        });
    const auto pairs = static_cast<double>(result.acquisitions);
    return {.seconds = result.seconds / pairs,
            .counters = {{"pairs_per_second", pairs / result.seconds}}};
}

template <Implementation I>
std::optional<std::uint64_t> locked_instructions_of_pair(Mode mode) {
    typename I::World world(1, sizeof(LonelyLock<I>));
    auto& lock = static_cast<LonelyLock<I>*>(world.user_memory())->lock;
    I::init(lock);
    const auto pair = [&] {
        I::acquire(lock, mode);
        I::release(lock, mode);
    };
    return locked_instructions(
        [&] {
            world.attach(0);
            pair();  // links what is linked at the first call
        },
        pair);
}

class Cases {
  public:
    explicit Cases(const ScalingOptions& options) : options_(options) {
        all_.push_back({.name = "scaling/line_move",
                        .steps = 1,
                        .repeat = [patience = patience()](const SeriesCase::Show&) {
                            return move_line(patience);
                        }});
    }

    template <Implementation I>
    void add() {
        const std::vector<std::string>& named = options_.common.implementations;
        if (std::count(named.begin(), named.end(), I::kName) == 0) return;
        for (const Mode mode : {Mode::shared, Mode::exclusive}) {
            for (const unsigned outside : options_.outside) {
                for (const unsigned cpus : options_.cpus) add<I>(mode, outside, cpus);
            }
        }
    }

    const std::vector<SeriesCase>& all() const { return all_; }

  private:
    std::chrono::seconds patience() const {
        return std::chrono::seconds(options_.common.patience_seconds);
    }

    template <Implementation I>
    void add(Mode mode, unsigned outside, unsigned cpus) {
        Contest contest{.backends = cpus,
                        .exclusive = mode == Mode::exclusive ? 100.0 : 0.0,
                        .locks = 1,
                        .outside = Work::lasting(outside),
                        .length = std::chrono::milliseconds(options_.milliseconds),
                        .patience = patience()};
        all_.push_back(
            {.name = std::string("scaling/") + I::kName +
                     "/mode:" + (mode == Mode::shared ? "shared" : "exclusive") +
                     "/outside:" + std::to_string(outside) + "/cpus:" + std::to_string(cpus),
             .steps = options_.milliseconds,
             .repeat = [contest, mode](const SeriesCase::Show& show) mutable {
                 contest.progress = show;
                 Outcome outcome = repeat_pairs<I>(contest, mode);
                 if (const auto locked = locked_instructions_of_pair<I>(mode)) {
                     outcome.counters["locked_instructions"] = static_cast<double>(*locked);
                 }
                 return outcome;
             }});
    }

    const ScalingOptions& options_;
    std::vector<SeriesCase> all_;
};

int run_main(int argc, char** argv) {
    std::vector<std::string> names;
    for_each_implementation(AllImplementations{}, [&]<Implementation I>() {
        if constexpr (I::kProcesses) names.push_back(I::kName);
    });
    const ScalingOptions options = parse_scaling(argc, argv, names);
    Cases cases(options);
    for_each_implementation(AllImplementations{}, [&]<Implementation I>() {
        if constexpr (I::kProcesses) cases.add<I>();
    });
    return run_series(argc, argv, options.common.for_google_benchmark, cases.all(),
                      benchmark::kNanosecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("scaling",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
