#include "tests/support/worker.hpp"

#include <gtest/gtest.h>

#include "tests/support/await.hpp"

namespace lwlock::tests {

Worker::Worker(const LockSpace& space, std::function<void()> body)
    : space_(space), thread_([this, run = std::move(body)] {
          EXPECT_EQ(space_.attach(), Status::ok);
          backend_ = my_backend();
          run();
          EXPECT_EQ(detach(), Status::ok);
          finished_ = true;
      }) {}

BackendNumber Worker::backend() const {
    await("the worker is attached", [&] { return backend_ != kNoBackend; });
    return backend_;
}

void Worker::await_waiting() const { tests::await_waiting(space_, backend()); }

void await_waiting(const LockSpace& space, BackendNumber backend) {
    await("the backend sleeps on a lock", [&] {
        const BackendReport report = report_of(space, backend);
        return report.waiting != WaitKind::none &&
               sleeps(static_cast<pid_t>(report.process), static_cast<pid_t>(report.thread));
    });
}

BackendReport report_of(const LockSpace& space, BackendNumber backend) {
    BackendReport report{};
    EXPECT_TRUE(space.report(backend, report));
    return report;
}

}  // namespace lwlock::tests
