/// \file
/// The signal that disturbs backends.
#pragma once

#include <csignal>

#include "tools/torture/arena.hpp"

namespace lwlock::torture {

/// Its handler counts, stands still for as long as the record says, and makes
/// the interrupted system call fail with EINTR.
inline constexpr int kDisturbingSignal = SIGUSR1;

/// Installs the handler, with `record` for the calling thread.
void receive_signals(Record& record);

/// SIGINT and SIGTERM end the run instead of the process.
void catch_interrupts();
bool interrupted();

}  // namespace lwlock::torture
