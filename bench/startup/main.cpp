// Scenario `startup`: what a server pays for its locks before the first one is
// taken, and at its end. Names: startup/<implementation>/backends:<n>. The time
// is that of creating everything for so many backends, of one child that is
// forked, attaches, detaches and exits, and of destroying everything again.

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>

#include "bench/implementations/plain_world.hpp"
#include "bench/implementations/registry.hpp"
#include "bench/startup/usage.hpp"
#include "bench/support/google_benchmark.hpp"

namespace lwlock::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class World>
void run_child(World& world) {
    const pid_t child = fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        world.attach(0);
        world.detach();
        _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) {
        throw std::runtime_error("the child ended with status " + std::to_string(status));
    }
}

struct Sums {
    double create = 0;
    double child = 0;
    double destroy = 0;
};

/// Adds the times of one life; \return what it used in between.
template <Implementation I>
Usage live_once(unsigned backends, Sums& sums) {
    std::optional<typename I::World> world;
    const Usage before = Usage::now();
    Clock::time_point start = Clock::now();
    world.emplace(backends, std::size_t{0});
    sums.create += seconds_since(start);
    const Usage usage = Usage::now() - before;
    start = Clock::now();
    run_child(*world);
    sums.child += seconds_since(start);
    start = Clock::now();
    world.reset();
    sums.destroy += seconds_since(start);
    return usage;
}

template <Implementation I>
void run(benchmark::State& state) {
    Sums sums;
    Usage usage;
    try {
        for (auto _ : state) {
            Sums once;
            usage = live_once<I>(static_cast<unsigned>(state.range(0)), once);
            state.SetIterationTime(once.create + once.child + once.destroy);
            sums.create += once.create;
            sums.child += once.child;
            sums.destroy += once.destroy;
        }
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
        return;
    }
    const auto average_us = [&](double sum) {
        return sum * 1e6 / static_cast<double>(state.iterations());
    };
    state.counters["create_us"] = average_us(sums.create);
    state.counters["child_us"] = average_us(sums.child);
    state.counters["destroy_us"] = average_us(sums.destroy);
    state.counters["semaphore_objects"] = static_cast<double>(usage.semaphore_objects);
    state.counters["mappings"] = static_cast<double>(usage.mappings);
    state.counters["shared_bytes"] = static_cast<double>(usage.shared_bytes);
    state.counters["page_table_bytes"] = static_cast<double>(usage.page_table_bytes);
}

void register_all() {
    for_each_implementation([]<Implementation I>() {
        // The others have nothing to create for a backend.
        if constexpr (!std::is_same_v<typename I::World, PlainWorld>) {
            const std::string name = std::string("startup/") + I::kName;
            benchmark::RegisterBenchmark(name.c_str(), run<I>)
                ->ArgName("backends")
                ->Arg(100)
                ->Arg(1'000)
                ->Arg(10'000)
                ->UseManualTime()
                ->Unit(benchmark::kMicrosecond);
        }
    });
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    lwlock::bench::register_all();
    return lwlock::bench::run_registered(argc, argv);
}
