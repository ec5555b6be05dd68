#include "tests/stress/team.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <deque>
#include <functional>
#include <iostream>
#include <thread>

#include "tests/stress/actor.hpp"
#include "tests/stress/helpers.hpp"
#include "tests/support/child.hpp"
#include "tests/support/watchdog.hpp"

namespace lwlock::tests {
namespace {

Deadline end_of(const Options& options) {
    return Deadline::after(options.seconds * std::int64_t{1'000'000'000});
}

// A process of its own, in which the space lies elsewhere than in its parent.
Child process_elsewhere(const LockSpace& space,
                        const std::function<void(const LockSpace&, Arena&)>& body) {
    return Child([&] {
        LockSpace mine;
        if (LockSpace::open_descriptor(space.descriptor(), mine) != Status::ok) {
            broken("the space can be mapped again", 0);
        }
        munmap(space.view().base, space.size());
        body(mine, *static_cast<Arena*>(mine.user_memory()));
    });
}

}  // namespace

bool run_threads(const LockSpace& space, Arena& arena, const Options& options) {
    const Deadline end = end_of(options);
    const Watchdog watchdog(
        space, options.patience, options.as_arguments(), [&] { return arena.progress(); }, [] {});
    std::jthread canceller([&] { run_canceller(space, arena, options); });
    std::jthread janitor([&] { run_janitor(space, arena); });
    {
        std::deque<std::jthread> workers;
        for (std::uint32_t i = 0; i < options.workers; ++i) {
            workers.emplace_back([&, i] { Actor(space, arena, options, i).run(end); });
        }
    }
    arena.helpers_over.store_relaxed(1);
    return true;
}

bool run_processes(const LockSpace& space, Arena& arena, const Options& options) {
    const Deadline end = end_of(options);
    std::deque<Child> helpers;
    helpers.push_back(process_elsewhere(space, [&](const LockSpace& mine, Arena& shared) {
        run_canceller(mine, shared, options);
    }));
    helpers.push_back(process_elsewhere(
        space, [](const LockSpace& mine, Arena& shared) { run_janitor(mine, shared); }));
    std::deque<Child> workers;
    for (std::uint32_t i = 0; i < options.workers; ++i) {
        workers.push_back(process_elsewhere(space, [&](const LockSpace& mine, Arena& shared) {
            Actor(mine, shared, options, i).run(end);
        }));
    }
    // Created after the last fork: a child must not inherit a part of it.
    const Watchdog watchdog(
        space, options.patience, options.as_arguments(), [&] { return arena.progress(); },
        [&] {
            for (const Child& worker : workers) worker.kill(SIGKILL);
            for (const Child& helper : helpers) helper.kill(SIGKILL);
        });
    bool well = true;
    const auto end_well = [&](Child& child) {
        const int status = child.wait_status();
        if (status != 0) {
            std::cerr << "stress: a process ended with wait status " << status << std::endl;
            well = false;
        }
    };
    // The others would wait for a dead one at the barrier: end them.
    for (Child& worker : workers) {
        end_well(worker);
        if (!well) return false;
    }
    arena.helpers_over.store_relaxed(1);
    for (Child& helper : helpers) end_well(helper);
    return well;
}

}  // namespace lwlock::tests
