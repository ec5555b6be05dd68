/// \file
/// What an error was about, and the handler for operations that have no status to
/// return. What operations with a status failed at is in last_error.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lwlock/status.hpp"

namespace lwlock {

class Lock;

/// What was misused, where, and by whom.
struct Misuse {
    Status error = Status::ok;
    const char* operation = "";          ///< "acquire", "release", ...
    const Lock* lock = nullptr;          ///< null when no single lock is concerned
    std::uint16_t tranche = 0;           ///< of the lock; 0 without one
    const char* tranche_name = "";       ///< of the lock; never null
    Mode mode = Mode::exclusive;         ///< asked for, or held; exclusive when neither
    std::uint32_t backend = UINT32_MAX;  ///< the calling backend's number, or kNoBackend
    const char* subject = "";  ///< without a lock: the space's or tranche's name; never null
    const char* reason = "";   ///< what the error's own words leave open; never null
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
/// The same without a lock.
[[noreturn]] void misused(Status error, const char* operation, const char* reason = "");
}  // namespace detail

}  // namespace lwlock
