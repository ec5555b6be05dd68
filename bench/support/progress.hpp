/// \file
/// Says on standard error how far a long series of runs has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lwlock::bench {

/// On a terminal one line that is written over and over; elsewhere a line now
/// and then. Says nothing about a series that is over soon.
class Progress {
  public:
    explicit Progress(unsigned runs) : runs_(runs) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    /// `steps`: how many show() counts up to in this run.
    void start_run(std::string name, std::uint64_t steps);
    void show(std::uint64_t steps);
    /// Takes the line off the terminal, before others write there.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    unsigned runs_;
    unsigned current_ = 0;
    std::string name_;
    std::uint64_t steps_ = 0;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point shown_ = begun_;
    bool line_open_ = false;
};

}  // namespace lwlock::bench
