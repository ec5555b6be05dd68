#include "bench/support/team.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"

namespace lwlock::bench {
namespace {

using atomics::Deadline;
using atomics::monotonic_now;
using atomics::Scope;

constexpr std::int64_t kGlance = 100'000'000;  // nanoseconds between looks at the team
constexpr std::size_t kRecordsAt = 8192;       // offset of the records in the memory

struct Switches {
    std::uint64_t voluntary;
    std::uint64_t involuntary;
};

Switches switches_so_far() {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return {static_cast<std::uint64_t>(usage.ru_nvcsw),
            static_cast<std::uint64_t>(usage.ru_nivcsw)};
}

std::string fate_of(int status) {
    if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
    return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Team::Team(unsigned size, Kind kind)
    : size_(size),
      kind_(kind),
      memory_(kRecordsAt + size * sizeof(BackendRecord)),
      shared_(static_cast<Shared*>(memory_.get())),
      records_(reinterpret_cast<BackendRecord*>(static_cast<char*>(memory_.get()) + kRecordsAt)) {
    static_assert(sizeof(Shared) <= kRecordsAt);
}

Team::~Team() {
    end_processes();
    // Threads that still wait for the start do their work, as no one can end them.
    shared_->go.store_release(1);
    atomics::futex_wake(shared_->go.address(), atomics::kWakeAll, Scope::shared);
    let_all_leave();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void Team::end_processes() {
    for (const pid_t process : processes_) {
        if (process != 0) kill(process, SIGKILL);
    }
    for (pid_t& process : processes_) {
        if (process != 0) waitpid(process, nullptr, 0);
        process = 0;
    }
}

double Team::run(const TeamWork& work, const TeamWatch& watch) {
    std::fflush(nullptr);  // or every child would print what is buffered once more
    for (unsigned number = 0; number < size_; ++number) start(number, work);
    await_arrivals(watch);

    if (watch.at_start) watch.at_start();
    const std::uint64_t ticks_before = ticks();
    const std::int64_t started_at = monotonic_now();
    shared_->go.store_release(1);
    atomics::futex_wake(shared_->go.address(), atomics::kWakeAll, Scope::shared);
    await_finish(watch);
    if (watch.at_finish) watch.at_finish();
    let_all_leave();
    ticks_per_second_ = static_cast<double>(ticks() - ticks_before) * 1e9 /
                        static_cast<double>(monotonic_now() - started_at);

    std::uint64_t finished_at = 0;
    for (unsigned number = 0; number < size_; ++number) {
        finished_at = std::max(finished_at, record(number).finished_at.load_relaxed());
    }
    for (std::thread& thread : threads_) thread.join();
    while (std::any_of(processes_.begin(), processes_.end(), [](pid_t p) { return p != 0; })) {
        check_processes();
        usleep(200);
    }
    check_errors();
    return static_cast<double>(static_cast<std::int64_t>(finished_at) - started_at) / 1e9;
}

void Team::start(unsigned number, const TeamWork& work) {
    if (kind_ == Kind::threads) {
        threads_.emplace_back([this, number, &work] { be_backend(number, work); });
        return;
    }
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process < 0) {
        throw std::runtime_error("forking backend " + std::to_string(number) + ": " +
                                 std::strerror(errno) + "; see the limits on processes");
    }
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        be_backend(number, work);
        _exit(0);
    }
    processes_.push_back(process);
}

void Team::be_backend(unsigned number, const TeamWork& work) {
    BackendRecord& mine = record(number);
    mine.thread.store_relaxed(static_cast<std::uint32_t>(gettid()));
    Session session(mine);
    try {
        work.arrive(number);
        shared_->arrived.fetch_add_release(1);
        while (shared_->go.load_acquire() == 0) {
            atomics::futex_wait(shared_->go, 0, Deadline::never(), Scope::shared);
        }
        const Switches before = switches_so_far();
        work.work(number, session);
        const Switches after = switches_so_far();
        session.counts.voluntary_switches = after.voluntary - before.voluntary;
        session.counts.involuntary_switches = after.involuntary - before.involuntary;
        mine.counts = session.counts;
        mine.finished_at.store_release(static_cast<std::uint64_t>(monotonic_now()));
        shared_->wait_times.add(session.wait_times);
        await_others();
        work.leave();
    } catch (const std::exception& error) {
        std::snprintf(mine.error, sizeof(mine.error), "%s", error.what());
        await_others();
    }
}

// The end of a process takes long: nobody begins with it while others still work.
void Team::await_others() {
    if (shared_->finished.fetch_add_release(1) + 1 == size_) {
        atomics::futex_wake(shared_->finished.address(), 1, Scope::shared);
    }
    while (shared_->over.load_acquire() == 0) {
        atomics::futex_wait(shared_->over, 0, Deadline::never(), Scope::shared);
    }
}

void Team::let_all_leave() {
    shared_->over.store_release(1);
    atomics::futex_wake(shared_->over.address(), atomics::kWakeAll, Scope::shared);
}

void Team::await_arrivals(const TeamWatch& watch) {
    const Deadline deadline = Deadline::after(std::chrono::nanoseconds(watch.patience).count());
    // A backend that cannot arrive finishes at once, with an error.
    while (shared_->arrived.load_acquire() + shared_->finished.load_acquire() < size_) {
        check_processes();
        if (deadline.has_passed()) report_hang(watch, "before the common start");
        usleep(200);
    }
    check_errors();
}

void Team::await_finish(const TeamWatch& watch) {
    std::int64_t last_moved = monotonic_now();
    std::uint64_t last_seen = 0;
    std::uint32_t finished;
    while ((finished = shared_->finished.load_acquire()) < size_) {
        atomics::futex_wait(shared_->finished, finished, Deadline::after(kGlance), Scope::shared);
        check_processes();
        // What a failed backend held nobody will release, so there is no end to wait for.
        if (kind_ == Kind::processes) check_errors();
        const std::uint64_t seen = operations_done() + finished;
        const std::int64_t now = monotonic_now();
        if (seen != last_seen) last_moved = now;
        last_seen = seen;
        if (now - last_moved > std::chrono::nanoseconds(watch.patience).count()) {
            report_hang(watch, "in the run");
        }
        if (watch.progress) watch.progress(operations_done());
    }
}

std::uint64_t Team::operations_done() const {
    std::uint64_t sum = 0;
    for (unsigned number = 0; number < size_; ++number) {
        sum += record(number).operations.load_relaxed();
    }
    return sum;
}

void Team::check_processes() {
    int status = 0;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
        const auto process = std::find(processes_.begin(), processes_.end(), ended);
        if (process == processes_.end()) continue;
        *process = 0;
        if (status != 0) {
            throw std::runtime_error("backend " + std::to_string(process - processes_.begin()) +
                                     " " + fate_of(status));
        }
    }
}

void Team::check_errors() const {
    for (unsigned number = 0; number < size_; ++number) {
        if (record(number).error[0] != 0) {
            throw std::runtime_error("backend " + std::to_string(number) + ": " +
                                     record(number).error);
        }
    }
}

void Team::report_hang(const TeamWatch& watch, const char* where) const {
    std::ostringstream report;
    report << program_invocation_short_name << ": hangs " << where << ": no progress for "
           << watch.patience.count() << " seconds\n";
    describe_backends(report, records_, size_, 40);
    if (watch.describe_locks) watch.describe_locks(report);
    std::cerr << report.str() << std::flush;
    // Threads cannot be ended, and what they use must not go away under them.
    if (kind_ == Kind::threads) std::_Exit(1);
    throw std::runtime_error("hangs; who waits for what stands on standard error");
}

Counts Team::counts() const {
    Counts sum;
    for (unsigned number = 0; number < size_; ++number) sum += record(number).counts;
    return sum;
}

}  // namespace lwlock::bench
