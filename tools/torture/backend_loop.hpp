/// \file
/// What a backend does from its start to its end.
#pragma once

#include "tools/torture/arena.hpp"
#include "tools/torture/plan.hpp"
#include "tools/torture/target.hpp"

namespace lwlock::torture {

/// Attaches the calling thread, works through its role until the gate says
/// stop, and detaches.
void run_backend(const Plan& plan, Target& target, unsigned backend);

}  // namespace lwlock::torture
