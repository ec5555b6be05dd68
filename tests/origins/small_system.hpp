/// \file
/// A system of its own for the calling process, with little room for semaphores.
#pragma once

#include <string>
#include <vector>

namespace lwlock::tests {

/// Moves the process into an own IPC and mount namespace (and a user namespace
/// when it is not root's), in which the kernel gives 10 System V semaphore sets
/// and /dev/shm has room for 40 files. Throws std::system_error when the kernel
/// forbids that.
void enter_small_system();

/// What lies around in it, as `ipcs` and `ls /dev/shm` would show.
struct Leftovers {
    unsigned semaphore_sets = 0;
    std::vector<std::string> files;

    static Leftovers now();
    bool none() const { return semaphore_sets == 0 && files.empty(); }
    std::string describe() const;
};

}  // namespace lwlock::tests
