#include "atomics/asymmetric_fence.hpp"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lwlock::atomics {
namespace {

// The result, or the negated errno; the caller's errno survives.
long membarrier(int command) {
    const int saved = errno;
    long result = syscall(SYS_membarrier, command, 0, 0);
    if (result < 0) {
        result = -errno;
        errno = saved;
    }
    return result;
}

}  // namespace

bool register_for_heavy_fences(Scope::Kind kind) {
    if (!kAsymmetricFences) return false;
    return membarrier(kind == Scope::Kind::process ? MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
                                                   : MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0;
}

void heavy_fence(Scope::Kind kind) {
    const long result = membarrier(kind == Scope::Kind::process ? MEMBARRIER_CMD_PRIVATE_EXPEDITED
                                                                : MEMBARRIER_CMD_GLOBAL_EXPEDITED);
    if (result == 0) return;
    // Registered, and refused all the same: readers rely on it, so there is no way on.
    char line[120];
    const int length =
        snprintf(line, sizeof line,
                 "lwlock: membarrier failed with errno %ld after its registration\n", -result);
    [[maybe_unused]] const ssize_t written =
        write(STDERR_FILENO, line, static_cast<std::size_t>(length));
    abort();
}

}  // namespace lwlock::atomics
