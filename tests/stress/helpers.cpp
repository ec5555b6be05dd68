#include "tests/stress/helpers.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "tests/support/random.hpp"

namespace lwlock::tests {

void install_interruption() {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
}

void run_canceller(const LockSpace& space, Arena& arena, const Options& options) {
    Random random(options.seed, kMaxWorkers);
    const auto report = std::make_unique<BackendReport>();
    while (arena.helpers_over.load_relaxed() == 0) {
        const BackendNumber backend = random.below(space.backends());
        if (random.one_in(2)) {
            space.cancel_wait(backend);
        } else if (space.report(backend, *report) && report->process != 0) {
            syscall(SYS_tgkill, report->process, report->thread, SIGUSR1);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(300)));
    }
}

void run_janitor(const LockSpace& space, Arena& arena) {
    if (space.attach() != Status::ok) broken("there is a slot for the janitor", 0);
    for (bool found = true; found || arena.helpers_over.load_relaxed() == 0;) {
        found = false;
        for (atomics::Atomic32& box : arena.mails) {
            const std::uint32_t mail = box.load_acquire();
            if (mail == 0) continue;
            found = true;
            Cell& cell = arena.cells[cell_of(mail)];
            cell.leave(mode_of(mail));
            cell.lock.release_disowned(mode_of(mail));
            box.store_release(0);  // last: an empty box means that the lock is released
        }
        if (!found) std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    if (detach() != Status::ok) broken("the janitor can detach", 0);
}

}  // namespace lwlock::tests
