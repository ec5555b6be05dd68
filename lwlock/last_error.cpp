#include "lwlock/last_error.hpp"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lwlock/lock.hpp"

namespace lwlock {
namespace {

// The strings of a misuse lie beside it, since what they were taken from may be
// gone when somebody asks.
struct Record {
    Misuse misuse;
    char name[kMaxTrancheName + 1] = {};  // the tranche's, or the subject
    char reason[sizeof(detail::Reason::text)] = {};
};

constinit LWLOCK_THREAD_LOCAL Record record;

}  // namespace

const Misuse& last_error() { return record.misuse; }

int describe_last_error(char* buffer, std::size_t size) {
    if (record.misuse.error == Status::ok) {
        return snprintf(buffer, size, "lwlock: nothing has failed in this thread");
    }
    return format_misuse(record.misuse, buffer, size);
}

namespace detail {

void Reason::say(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
}

const Misuse& record_error(Status error, const char* operation, const Lock* lock, Mode mode,
                           const char* subject, const char* reason) {
    const int saved = errno;
    // The strings may be those of the record itself.
    char name[sizeof record.name] = "";
    if (lock != nullptr) {
        copy_tranche_name(this_backend.space, lock->tranche(), name);
    } else {
        snprintf(name, sizeof name, "%s", subject);
    }
    char text[sizeof record.reason];
    if (error == Status::system_error && *reason == '\0') {
        char buffer[sizeof text];
        snprintf(text, sizeof text, "%s", strerror_r(saved, buffer, sizeof buffer));
    } else {
        snprintf(text, sizeof text, "%s", reason);
    }
    memcpy(record.name, name, sizeof name);
    memcpy(record.reason, text, sizeof text);
    record.misuse = {.error = error,
                     .operation = operation,
                     .lock = lock,
                     .tranche = lock == nullptr ? std::uint16_t{0} : lock->tranche(),
                     .tranche_name = lock == nullptr ? "" : record.name,
                     .mode = mode,
                     .backend = my_backend(),
                     .subject = lock == nullptr ? record.name : "",
                     .reason = record.reason};
    errno = saved;
    return record.misuse;
}

}  // namespace detail
}  // namespace lwlock
