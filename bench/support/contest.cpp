#include "bench/support/contest.hpp"

#include <thread>

#include "atomics/deadline.hpp"

namespace lwlock::bench {
namespace {

using atomics::monotonic_now;

/// Ends the contest when its time is over, or when the run failed.
class Referee {
  public:
    Referee(const Contest& contest, Arena& arena) : contest_(contest), arena_(arena) {}

    void start() {
        started_at_ = monotonic_now();
        thread_ = std::jthread([this] {
            std::this_thread::sleep_for(contest_.length);
            stopped_at_ = monotonic_now();
            arena_.stop.store_relaxed(1);
        });
    }
    std::uint64_t milliseconds() const {
        return static_cast<std::uint64_t>(monotonic_now() - started_at_) / 1'000'000;
    }
    double seconds() {
        thread_.join();
        return static_cast<double>(stopped_at_ - started_at_) / 1e9;
    }

  private:
    const Contest& contest_;
    Arena& arena_;
    std::int64_t started_at_ = 0;
    std::int64_t stopped_at_ = 0;
    std::jthread thread_;
};

void count_acquisitions(const Contest& contest, Arena& arena, ContestResult& result) {
    double sum = 0;
    double squares = 0;
    for (unsigned backend = 0; backend < contest.backends; ++backend) {
        const std::uint64_t share = arena.acquisitions()[backend].load_relaxed();
        result.acquisitions += share;
        sum += static_cast<double>(share);
        squares += static_cast<double>(share) * static_cast<double>(share);
    }
    result.jain = squares == 0 ? 0 : sum * sum / (contest.backends * squares);
}

}  // namespace

ContestResult run_contest(const Contest& contest, Arena& arena, const TeamWork& work,
                          const TeamWatch& watch) {
    ContestResult result{};
    Referee referee(contest, arena);
    std::optional<SystemCallCounter> counter;
    TeamWatch ours = watch;
    ours.patience = contest.patience;
    ours.progress = [&](std::uint64_t) { contest.progress(referee.milliseconds()); };
    ours.at_start = [&] {
        if (contest.observed) counter.emplace();
        referee.start();
    };
    ours.at_finish = [&] {
        if (counter) result.system_calls = counter->count();
    };
    Team team(contest.backends, contest.kind);
    const double until_all_left = team.run(work, ours);
    result.seconds = referee.seconds();
    // Everybody's last acquisition counts. Where waiters spin with more of them than
    // processors, getting those done can take many times the contest's length.
    if (until_all_left > 1.1 * result.seconds) result.seconds = until_all_left;
    count_acquisitions(contest, arena, result);
    const Counts counts = team.counts();
    result.voluntary_switches = static_cast<double>(counts.voluntary_switches);
    result.involuntary_switches = static_cast<double>(counts.involuntary_switches);
    result.waits = counts.shared_waits + counts.exclusive_waits;
    if (!contest.observed) return result;
    result.wait_p50 = team.wait_nanoseconds(0.5);
    result.wait_p99 = team.wait_nanoseconds(0.99);
    result.wait_p999 = team.wait_nanoseconds(0.999);
    result.wait_longest = team.wait_nanoseconds(1);
    return result;
}

}  // namespace lwlock::bench
