#include "bench/support/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace lwlock::bench {
namespace {

using namespace std::chrono_literals;

bool on_terminal() {
    static const bool answer = isatty(STDERR_FILENO) == 1;
    return answer;
}

}  // namespace

void Progress::start_run(std::string name, std::uint64_t steps) {
    ++current_;
    name_ = std::move(name);
    steps_ = std::max<std::uint64_t>(steps, 1);
}

void Progress::show(std::uint64_t steps) {
    const Clock::time_point now = Clock::now();
    if (now - shown_ < (on_terminal() ? 200ms : 15'000ms)) return;
    shown_ = now;
    const double part = static_cast<double>(steps) / static_cast<double>(steps_);
    const double done = (current_ - 1 + std::min(part, 1.0)) / runs_;
    const double passed = std::chrono::duration<double>(now - begun_).count();
    std::fprintf(stderr, "%srun %u of %u: %s, %.0f %%; about %.0f s left%s",
                 on_terminal() ? "\r\033[K" : "", current_, std::max(runs_, current_),
                 name_.c_str(), 100 * part, done > 0 ? passed / done - passed : 0.0,
                 on_terminal() ? "" : "\n");
    std::fflush(stderr);
    line_open_ = on_terminal();
}

void Progress::clear() {
    if (line_open_) std::fputs("\r\033[K", stderr);
    line_open_ = false;
}

}  // namespace lwlock::bench
