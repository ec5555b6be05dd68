/// \file
/// The processes of a run: starting them, seeing them die, ending them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "tools/torture/plan.hpp"
#include "tools/torture/target.hpp"

namespace lwlock::torture {

/// One process for each backend, or one with a thread for each.
class Crew {
  public:
    /// Forks; the calling process must have one thread.
    Crew(const Plan& plan, Target& target);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    /// Kills who is left.
    ~Crew();

    struct Death {
        unsigned member;  ///< number of the process: the backend's, if each has one
        int status;       ///< as waitpid() has it
    };
    /// Collects a process that has ended.
    std::optional<Death> collect();
    std::size_t living() const { return living_; }
    void kill_all();

  private:
    std::vector<pid_t> members_;  // 0 once collected
    std::size_t living_ = 0;
};

}  // namespace lwlock::torture
