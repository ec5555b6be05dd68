/// \file
/// What the last operation that failed was about, for each thread: what a status
/// alone cannot say.
#pragma once

#include <cstddef>

#include "lwlock/misuse.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

/// What the calling thread's last failed operation was about. Written whenever an
/// operation returns an error or calls the misuse handler. Success leaves it alone,
/// and so do busy, timed_out and canceled, which are no errors: look at it after an
/// error only. `error` is ok while nothing has failed. The strings are valid until
/// the thread's next failure.
const Misuse& last_error();

/// last_error() as one line; see format_misuse(). Returns the length that it needs,
/// as snprintf does.
int describe_last_error(char* buffer, std::size_t size);

namespace detail {

/// What a status leaves open, in words: which number is wrong, and what it should be.
struct Reason {
    char text[112] = "";
    [[gnu::format(printf, 2, 3)]] void say(const char* format, ...);
};

/// Fills last_error(), and leaves errno as it is.
[[gnu::cold]] const Misuse& record_error(Status error, const char* operation, const Lock* lock,
                                         Mode mode, const char* subject = "",
                                         const char* reason = "");

constexpr bool is_misuse(Status status) { return status < Status::canceled; }

/// Passes the status of an operation with a lock on; records it if it is an error.
inline Status noted(Status status, const char* operation, const Lock* lock, Mode mode) {
    if (is_misuse(status)) [[unlikely]]
        record_error(status, operation, lock, mode);
    return status;
}

/// The same for operations with spaces, backends and tranches. `subject` is the
/// name concerned, "" for none.
inline Status noted(Status status, const char* operation, const char* subject = "",
                    const Reason& reason = {}) {
    if (is_misuse(status)) [[unlikely]] {
        record_error(status, operation, nullptr, Mode::exclusive, subject, reason.text);
    }
    return status;
}

}  // namespace detail
}  // namespace lwlock
