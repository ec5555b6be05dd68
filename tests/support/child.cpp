#include "tests/support/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <system_error>

namespace lwlock::tests {
namespace {

constexpr int kFailedExpectation = 1;
constexpr int kException = 2;

[[noreturn]] void run_and_exit(const std::function<void()>& body, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kException);  // it died before the line above
    int status = 0;
    try {
        body();
    } catch (const std::exception& error) {
        std::cerr << "child process: " << error.what() << std::endl;
        status = kException;
    }
    if (testing::Test::HasFailure()) status = kFailedExpectation;
    fflush(nullptr);
    _exit(status);
}

}  // namespace

Child::Child(const std::function<void()>& body) {
    fflush(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) run_and_exit(body, parent);
}

Child::Child(Child&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }

Child::~Child() {
    if (pid_ < 0) return;
    kill(SIGKILL);
    wait_status();
}

void Child::kill(int signal) const { ::kill(pid_, signal); }

int Child::wait_status() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
}

void Child::join() {
    const pid_t pid = pid_;
    const int status = wait_status();
    EXPECT_TRUE(WIFEXITED(status))
        << "child process " << pid << " died of signal " << WTERMSIG(status);
    if (WIFEXITED(status)) {
        EXPECT_EQ(WEXITSTATUS(status), 0) << "child process " << pid << " failed";
    }
}

void in_child(const std::function<void()>& body) { Child(body).join(); }

}  // namespace lwlock::tests
