/// \file
/// Errors of operations that have no status to return.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lwlock/status.hpp"

namespace lwlock {

class Lock;

/// What was misused, where, and by whom.
struct Misuse {
    Status error;
    const char* operation;     ///< "acquire", "release", ...
    const Lock* lock;          ///< null when no single lock is concerned
    std::uint16_t tranche;     ///< of the lock; 0 without one
    const char* tranche_name;  ///< never null
    Mode mode;                 ///< asked for, or held; exclusive when neither
    std::uint32_t backend;     ///< the calling backend's number, or kNoBackend
};

/// Called on misuse. The lock and the backend are untouched by the failed
/// operation. The handler may throw or longjmp; when it returns, the process
/// aborts, since the caller would go on without what it asked for.
using MisuseHandler = void (*)(const Misuse&);

/// Replaces the handler for the whole process; null restores the default, which
/// prints one line to standard error. Returns the previous one, null for the default.
MisuseHandler set_misuse_handler(MisuseHandler handler);

/// Formats a misuse as one line without a line end: what, where, who, and what
/// to do. Returns the length that it needs, as snprintf does.
int format_misuse(const Misuse& misuse, char* buffer, std::size_t size);

namespace detail {
/// Calls the handler, then aborts.
[[noreturn]] void misused(Status error, const char* operation, const Lock* lock, Mode mode);
}  // namespace detail

}  // namespace lwlock
