// Scenario `async`: one thread with many acquisitions pending for locks that
// another process uses all the time. Names: async/<means>/pending:<n>/locks:<n>.
// The time is that of asking for all of them until the last one was granted.

#include <benchmark/benchmark.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/support/google_benchmark.hpp"
#include "lwlock/lwlock.hpp"

namespace lwlock::bench {
namespace {

struct alignas(128) Page {
    Lock lock;
};

/// Processes that take and release the locks until they are killed.
class Competitors {
  public:
    Competitors(const LockSpace& space, Page* pages, unsigned locks, unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            const pid_t process = fork();
            if (process == 0) {
                if (space.attach() != Status::ok) _exit(1);
                for (unsigned at = i;; at = (at + 1) % locks) {
                    pages[at].lock.acquire(Mode::exclusive);
                    pages[at].lock.release();
                }
            }
            if (process > 0) processes_.push_back(process);
        }
    }
    Competitors(const Competitors&) = delete;
    Competitors& operator=(const Competitors&) = delete;
    ~Competitors() {
        for (const pid_t process : processes_) kill(process, SIGKILL);
        for (const pid_t process : processes_) waitpid(process, nullptr, 0);
    }

  private:
    std::vector<pid_t> processes_;
};

void run(benchmark::State& state, AsyncMeans means) {
    const auto pending = static_cast<unsigned>(state.range(0));
    const auto locks = static_cast<unsigned>(state.range(1));
    LockSpace space;
    if (LockSpace::create_anonymous({.backends = 8, .user_bytes = locks * sizeof(Page)}, space) !=
        Status::ok) {
        throw std::runtime_error("no lock space");
    }
    auto* const pages = static_cast<Page*>(space.user_memory());
    const Competitors competitors(space, pages, locks, 1);
    space.attach();
    AsyncQueue queue;
    if (queue.create({.locks = locks, .means = means}) != Status::ok) {
        state.SkipWithError("this kernel cannot");
    } else {
        std::deque<AsyncRequest> requests(pending);
        for (unsigned i = 0; i < pending; ++i) {
            requests[i].lock = &pages[i % locks].lock;
            requests[i].done = [](AsyncRequest& request, Status) { request.lock->release(); };
        }
        for (auto _ : state) {
            for (AsyncRequest& request : requests) {
                if (succeeded(queue.acquire_async(request))) request.lock->release();
            }
            while (queue.pending() != 0) queue.poll();
        }
        state.SetItemsProcessed(state.iterations() * pending);
    }
    queue.destroy();
    detach();
    space.unmap();
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    using lwlock::AsyncMeans;
    for (const auto& [name, means] : {std::pair{"async/io_uring", AsyncMeans::io_uring},
                                      std::pair{"async/threads", AsyncMeans::threads}}) {
        benchmark::RegisterBenchmark(
            name, [means = means](benchmark::State& state) { lwlock::bench::run(state, means); })
            ->ArgNames({"pending", "locks"})
            ->Args({1, 1})
            ->Args({1'000, 1})
            ->Args({10'000, 1})
            ->Args({10'000, 1'000})
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
    }
    return lwlock::bench::run_registered(argc, argv);
}
