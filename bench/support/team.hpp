/// \file
/// A team of backends, forked processes or threads, that start together, work
/// under the eye of a watchdog, and report.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/session.hpp"
#include "bench/support/shared_memory.hpp"

namespace lwlock::bench {

/// What a backend does. Each function gets the backend's number; an exception
/// ends the run.
struct TeamWork {
    std::function<void(unsigned)> arrive;          ///< before the common start, not timed
    std::function<void(unsigned, Session&)> work;  ///< timed
    std::function<void()> leave;                   ///< after the end, not timed
};

/// What the watchdog does while the team works.
struct TeamWatch {
    /// Called just before the common start, and when all are done.
    std::function<void()> at_start;
    std::function<void()> at_finish;
    /// Called now and then with the operations done by all.
    std::function<void(std::uint64_t)> progress;
    /// A run without one finished operation for so long hangs.
    std::chrono::seconds patience{20};
    /// Adds what the implementation knows about who waits for what; may be empty.
    std::function<void(std::ostream&)> describe_locks;
};

class Team {
  public:
    enum class Kind { processes, threads };

    Team(unsigned size, Kind kind);
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    /// Ends processes that a failed run left.
    ~Team();

    /// \return seconds from the common start until the last backend was done.
    /// Throws std::runtime_error when a backend failed, died, or the run hung;
    /// of a hang it prints a report first, and when it hung with threads, which
    /// nobody can end, it ends the program.
    double run(const TeamWork& work, const TeamWatch& watch);

    Counts counts() const;
    /// The percentile of the wait times, in nanoseconds.
    double wait_nanoseconds(double fraction) const {
        return static_cast<double>(shared_->wait_times.percentile(fraction)) * 1e9 /
               ticks_per_second_;
    }

  private:
    struct Shared {
        atomics::Atomic32 arrived;
        atomics::Atomic32 go;        ///< 1 from the common start on
        atomics::Atomic32 finished;  ///< the last to finish wakes who sleeps on it
        atomics::Atomic32 over;      ///< 1 when all may leave
        WaitTimes wait_times;
    };

    BackendRecord& record(unsigned number) const { return records_[number]; }
    void start(unsigned number, const TeamWork& work);
    void be_backend(unsigned number, const TeamWork& work);
    void await_others();
    void let_all_leave();
    void await_arrivals(const TeamWatch& watch);
    void await_finish(const TeamWatch& watch);
    void check_processes();
    void check_errors() const;
    std::uint64_t operations_done() const;
    [[noreturn]] void report_hang(const TeamWatch& watch, const char* where) const;
    void end_processes();

    unsigned size_;
    Kind kind_;
    SharedMemory memory_;
    Shared* shared_;
    BackendRecord* records_;
    std::vector<pid_t> processes_;  ///< by backend; 0 once it ended
    std::vector<std::thread> threads_;
    double ticks_per_second_ = 0;
};

/// One line for every backend that is not done, the first `limit` of them:
/// where it is, and for which lock it asks.
void describe_backends(std::ostream& out, const BackendRecord* records, unsigned count,
                       unsigned limit);

}  // namespace lwlock::bench
