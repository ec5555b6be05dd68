/// \file
/// System calls that the kernel refuses, by a filter. Irrevocable, so for child
/// processes only.
#pragma once

namespace lwlock::tests {

/// Proof that code makes no futex call: from now on, one ends this process with SIGSYS.
void forbid_futex_calls();

/// From now on, the system call fails with `error`.
void refuse_calls(long number, int error);

/// From now on, mmap() of 8 MiB and more fails with ENOMEM: of every lock space.
void refuse_large_mappings();

}  // namespace lwlock::tests
