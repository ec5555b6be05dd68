/// \file
/// Somebody who sleeps for a thread that has other things to do.
#pragma once

#include <cstdint>

#include "waitqueue/eventcount.hpp"

namespace lwlock::waitqueue {

/// While a thread has one, sleep() of this thread ends in it instead of the
/// system. It may let other work of the thread go on, on another stack, and
/// returns when the sleep would have.
struct StandIn {
    SleepResult (*sleep)(StandIn& self, const Atomic32& word, Ticket ticket, std::uint32_t bits,
                         Deadline deadline, Scope scope);
};

/// The calling thread's, null for none.
extern constinit thread_local StandIn* stand_in __attribute__((tls_model("initial-exec")));

}  // namespace lwlock::waitqueue
