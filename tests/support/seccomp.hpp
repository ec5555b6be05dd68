/// \file
/// Proof that code makes no futex call: the kernel kills the process if it does.
#pragma once

namespace lwlock::tests {

/// From now on, a futex system call of this process ends it with SIGSYS.
/// Irrevocable, so for child processes only.
void forbid_futex_calls();

}  // namespace lwlock::tests
