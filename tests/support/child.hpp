/// \file
/// Forked child processes whose failures fail the test.
#pragma once

#include <sys/types.h>

#include <functional>

namespace lwlock::tests {

/// A child process that runs a function and exits. It dies with its parent.
class Child {
  public:
    /// Forks. In the child, failed expectations and exceptions of `body` make
    /// the exit status non-zero.
    explicit Child(const std::function<void()>& body);
    /// Kills a child that nobody joined.
    ~Child();
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;

    pid_t pid() const { return pid_; }
    void kill(int signal) const;

    /// Waits for the end; expects exit status 0.
    void join();
    /// Waits for the end; returns what waitpid() said.
    int wait_status();

  private:
    pid_t pid_;
};

/// Runs `body` in a child process, so that what it does to the process
/// (attaching, mapping, handlers) is gone afterwards.
void in_child(const std::function<void()>& body);

}  // namespace lwlock::tests
