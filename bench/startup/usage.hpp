/// \file
/// What a set of locks uses of the system, as the system counts it.
#pragma once

#include <cstdint>

namespace lwlock::bench {

/// Readings of the calling process, or differences of two.
struct Usage {
    std::int64_t semaphore_objects = 0;  ///< System V sets, and mapped files of named semaphores
    std::int64_t mappings = 0;
    std::int64_t shared_bytes = 0;      ///< shared memory that was touched
    std::int64_t page_table_bytes = 0;  ///< of this process; every child has its own

    /// Throws std::runtime_error when the system does not tell.
    static Usage now();

    friend Usage operator-(const Usage& after, const Usage& before) {
        return {after.semaphore_objects - before.semaphore_objects,
                after.mappings - before.mappings, after.shared_bytes - before.shared_bytes,
                after.page_table_bytes - before.page_table_bytes};
    }
};

}  // namespace lwlock::bench
