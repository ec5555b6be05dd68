#include "tools/torture/crew.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>

#include "tools/torture/backend_loop.hpp"

namespace lwlock::torture {
namespace {

constexpr int kGaveUp = 3;

// Exceptions end the process with one line: the coordinator sees the status.
template <class Work>
void guarded(const Work& work) noexcept {
    try {
        work();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lwtorture: %s\n", error.what());
        _exit(kGaveUp);
    }
}

void run_threads(const Plan& plan, Target& target) {
    std::vector<std::thread> threads;
    for (unsigned backend = 0; backend < plan.backends(); ++backend) {
        threads.emplace_back(
            [&plan, &target, backend] { guarded([&] { run_backend(plan, target, backend); }); });
    }
    for (std::thread& thread : threads) thread.join();
}

[[noreturn]] void run_member(const Plan& plan, Target& target, unsigned member, pid_t parent) {
    std::signal(SIGINT, SIG_IGN);  // a terminal sends it to the whole group
    std::signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kGaveUp);
    guarded([&] {
        target.enter_process();
        if (plan.options.threads) {
            run_threads(plan, target);
        } else {
            run_backend(plan, target, member);
        }
    });
    _exit(EXIT_SUCCESS);
}

}  // namespace

Crew::Crew(const Plan& plan, Target& target) {
    const pid_t parent = getpid();
    const unsigned wanted = plan.options.threads ? 1 : plan.backends();
    for (unsigned member = 0; member < wanted; ++member) {
        const pid_t pid = fork();
        if (pid == 0) run_member(plan, target, member, parent);
        if (pid < 0) {
            const int error = errno;
            kill_all();
            throw std::system_error(error, std::generic_category(),
                                    "forking process " + std::to_string(member));
        }
        members_.push_back(pid);
        ++living_;
    }
}

Crew::~Crew() { kill_all(); }

std::optional<Crew::Death> Crew::collect() {
    for (unsigned member = 0; member < members_.size(); ++member) {
        int status = 0;
        if (members_[member] == 0 || waitpid(members_[member], &status, WNOHANG) <= 0) continue;
        members_[member] = 0;
        --living_;
        return Death{.member = member, .status = status};
    }
    return std::nullopt;
}

void Crew::kill_all() {
    for (const pid_t pid : members_) {
        if (pid != 0) kill(pid, SIGKILL);
    }
    for (pid_t& pid : members_) {
        if (pid != 0) waitpid(pid, nullptr, 0);
        pid = 0;
    }
    living_ = 0;
}

}  // namespace lwlock::torture
