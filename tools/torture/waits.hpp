/// \file
/// Who waits for what, and whether anybody will wake it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lwlock/space.hpp"
#include "tools/torture/arena.hpp"
#include "tools/torture/plan.hpp"

namespace lwlock::torture {

struct Sleeper {
    unsigned backend;
    unsigned lock;
};

/// A moment of a sleep: equal before and after means nothing happened between.
struct Moment {
    unsigned backend;
    unsigned lock;
    std::uint64_t operations;
    std::uint64_t since;
    std::uint32_t state;
    std::uint32_t wait_seq;

    friend bool operator==(const Moment&, const Moment&) = default;
};

/// Looks for lost wakes while the gate is closed.
class WakeWatch {
  public:
    WakeWatch(const Arena& arena, const LockSpace& space) : arena_(arena), space_(space) {}

    /// A backend that sleeps for a lock that it could have, with nobody left who
    /// could wake it. A sleep that looks after its lock from time to time by
    /// itself is found all the same, while it lasts; a nap, as the library takes
    /// when somebody else should be on the way, only when it gets long.
    std::optional<Sleeper> look(std::int64_t now);

  private:
    const Arena& arena_;
    const LockSpace& space_;
    std::vector<Moment> last_;
    std::int64_t since_ = 0;
};

/// A line for each backend that is not at rest and for each lock that is not
/// free or waited for. `space` may be null.
std::vector<std::string> describe_waits(const Plan& plan, const Arena& arena,
                                        const LockSpace* space);

}  // namespace lwlock::torture
