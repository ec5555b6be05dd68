// Scenario `futex_words`: what it costs to wake one sleeper of a class that came
// after many of another class. Names:
//
//     futex_words/<one|two>/sleepers:<n>
//
// With one word, classes are bits of the sleepers' bitsets, and the kernel steps
// over those that are not meant; with two, each class has its own word. This is
// about the kernel, so no lock is in it.

#include <benchmark/benchmark.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "bench/support/google_benchmark.hpp"
#include "bench/support/run_state.hpp"

namespace lwlock::bench {
namespace {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::Scope;

constexpr std::uint32_t kCrowd = 1;
constexpr std::uint32_t kMeant = 2;

/// A thread that sleeps on a word until the word changes.
class Sleeper {
  public:
    Sleeper(Atomic32& word, std::uint32_t bits)
        : word_(word), thread_([this, bits] {
              id_.store_release(static_cast<std::uint32_t>(syscall(SYS_gettid)));
              while (word_.load_acquire() == 0) {
                  atomics::futex_wait(word_, 0, Deadline::never(), Scope::shared, bits);
                  woken_.fetch_add_release(1);
              }
          }) {}

    std::uint32_t woken() const { return woken_.load_acquire(); }
    /// Asleep for the time after that many wakes.
    void await_asleep(std::uint32_t wakes) const {
        while (woken() != wakes || id_.load_acquire() == 0 ||
               run_state(id_.load_relaxed()) != 'S') {
            std::this_thread::yield();
        }
    }

  private:
    Atomic32& word_;
    Atomic32 id_;
    Atomic32 woken_;
    std::jthread thread_;
};

void end(Atomic32& word) {
    word.store_release(1);
    atomics::futex_wake(word.address(), atomics::kWakeAll, Scope::shared);
}

void run(benchmark::State& state, bool two_words) {
    struct alignas(128) Line {
        Atomic32 word;
    };
    Line lines[2];
    Atomic32& crowds = lines[0].word;
    Atomic32& meant = lines[two_words ? 1 : 0].word;
    const auto count = static_cast<std::size_t>(state.range(0));

    std::vector<std::unique_ptr<Sleeper>> crowd;
    for (std::size_t i = 0; i < count; ++i) {
        crowd.push_back(std::make_unique<Sleeper>(crowds, kCrowd));
        crowd.back()->await_asleep(0);
    }
    const Sleeper last(meant, kMeant);
    std::uint32_t wakes = 0;
    for (auto _ : state) {
        last.await_asleep(wakes++);
        const std::int64_t begin = atomics::monotonic_now();
        atomics::futex_wake(meant.address(), 1, Scope::shared, kMeant);
        state.SetIterationTime(static_cast<double>(atomics::monotonic_now() - begin) / 1e9);
    }
    end(crowds);
    end(meant);
}

void register_all() {
    for (const bool two : {false, true}) {
        const std::string name = std::string("futex_words/") + (two ? "two" : "one");
        benchmark::RegisterBenchmark(name.c_str(), run, two)
            ->ArgName("sleepers")
            ->Arg(0)
            ->Arg(10)
            ->Arg(100)
            ->Arg(1000)
            ->Arg(2000)
            ->Iterations(500)
            ->UseManualTime();
    }
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    lwlock::bench::register_all();
    return lwlock::bench::run_registered(argc, argv);
}
