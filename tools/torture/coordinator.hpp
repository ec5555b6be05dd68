/// \file
/// The course of a run: start, work with drains in between, end.
#pragma once

#include "tools/torture/checks.hpp"
#include "tools/torture/crew.hpp"
#include "tools/torture/disturber.hpp"
#include "tools/torture/result.hpp"

namespace lwlock::torture {

/// Lives in the process that started everything, which takes no locks itself.
/// Violations go to the arena; the first one that makes it useless to go on
/// (a stuck drain, a lost wake, a death) ends the run.
class Coordinator {
  public:
    Coordinator(const Plan& plan, Target& target, const Arena& arena);

    Result run();

  private:
    bool start();
    bool work();
    bool finish();
    bool come_to_rest();
    bool all_alive();
    bool all_have_worked() const;
    bool is_stuck(Nanoseconds now);
    void set_active(Nanoseconds elapsed);
    void show_status(Nanoseconds now);
    unsigned at_rest() const;
    bool fail(Check check, unsigned backend, unsigned lock, std::uint64_t found);

    const Plan& plan_;
    const Options& options_;
    Target& target_;
    const Arena& arena_;
    Crew crew_;
    Disturber disturber_;
    Result result_;

    Nanoseconds started_ = 0;
    unsigned active_ = 0;
    bool ending_ = false;  // processes may end
    std::uint64_t last_activity_ = 0;
    Nanoseconds last_change_ = 0;
    Nanoseconds next_status_ = 0;
    Nanoseconds status_at_ = 0;
    std::uint64_t status_operations_ = 0;
};

}  // namespace lwlock::torture
