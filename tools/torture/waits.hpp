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

/// While the gate is closed: a backend that sleeps for a lock that it could
/// have, with nobody left who could wake it. A sleep that looks after its lock
/// from time to time by itself is found all the same, while it lasts.
std::optional<Sleeper> find_lost_wake(const Arena& arena, const LockSpace& space);

/// A line for each backend that is not at rest and for each lock that is not
/// free or waited for. `space` may be null.
std::vector<std::string> describe_waits(const Plan& plan, const Arena& arena,
                                        const LockSpace* space);

}  // namespace lwlock::torture
