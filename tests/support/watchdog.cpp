#include "tests/support/watchdog.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "atomics/deadline.hpp"
#include "tests/support/report.hpp"

namespace lwlock::tests {

Watchdog::Watchdog(const LockSpace& space, int seconds, std::string context,
                   std::function<std::uint64_t()> progress, std::function<void()> before_end)
    : space_(space),
      patience_(seconds * std::int64_t{1'000'000'000}),
      context_(std::move(context)),
      progress_(std::move(progress)),
      before_end_(std::move(before_end)),
      thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
    over_ = true;
    thread_.join();
}

void Watchdog::watch() const {
    std::uint64_t last = progress_();
    std::int64_t since = atomics::monotonic_now();
    while (!over_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const std::uint64_t now = progress_();
        if (now != last) {
            last = now;
            since = atomics::monotonic_now();
        } else if (atomics::monotonic_now() - since > patience_) {
            std::cerr << "no progress for " << patience_ / 1'000'000'000 << " s: " << context_
                      << '\n';
            print_backends(space_, std::cerr);
            before_end_();
            std::abort();
        }
    }
}

}  // namespace lwlock::tests
