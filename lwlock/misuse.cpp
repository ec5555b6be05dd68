#include "lwlock/misuse.hpp"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lwlock/backend.hpp"
#include "lwlock/last_error.hpp"

namespace lwlock {
namespace {

void print_and_return(const Misuse& misuse) {
    char line[512];
    const int needed = format_misuse(misuse, line, sizeof line - 1);
    std::size_t length = needed < 0 ? 0 : static_cast<std::size_t>(needed);
    if (length > sizeof line - 2) length = sizeof line - 2;
    line[length++] = '\n';
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, length);
}

// A plain pointer: set at start-up, or by a test, and read only on misuse.
constinit MisuseHandler current = nullptr;

}  // namespace

MisuseHandler set_misuse_handler(MisuseHandler handler) {
    return __atomic_exchange_n(&current, handler, __ATOMIC_ACQ_REL);
}

int format_misuse(const Misuse& misuse, char* buffer, std::size_t size) {
    char backend[32] = "an unattached thread";
    if (misuse.backend != kNoBackend) {
        snprintf(backend, sizeof backend, "backend %u", misuse.backend);
    }
    char about[256] = "";
    if (misuse.lock != nullptr) {
        snprintf(about, sizeof about, " of lock %p (tranche %u \"%s\", %s)",
                 static_cast<const void*>(misuse.lock), static_cast<unsigned>(misuse.tranche),
                 misuse.tranche_name, name_of(misuse.mode));
    } else if (*misuse.subject != '\0') {
        snprintf(about, sizeof about, " of \"%s\"", misuse.subject);
    }
    return snprintf(buffer, size, "lwlock: %s%s by %s: %s%s%s", misuse.operation, about, backend,
                    describe(misuse.error), *misuse.reason == '\0' ? "" : ": ", misuse.reason);
}

namespace detail {
namespace {

// What a handler calls may fail, too, and overwrite the record.
struct Kept {
    explicit Kept(const Misuse& recorded) : misuse(recorded) {
        const bool has_lock = recorded.lock != nullptr;
        snprintf(name, sizeof name, "%s", has_lock ? recorded.tranche_name : recorded.subject);
        snprintf(reason, sizeof reason, "%s", recorded.reason);
        (has_lock ? misuse.tranche_name : misuse.subject) = name;
        misuse.reason = reason;
    }
    Misuse misuse;
    char name[kMaxTrancheName + 1];
    char reason[sizeof(Reason::text)];
};

[[noreturn]] void tell(const Misuse& recorded) {
    const Kept kept(recorded);
    const MisuseHandler handler = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
    (handler == nullptr ? print_and_return : handler)(kept.misuse);
    abort();
}

}  // namespace

void misused(Status error, const char* operation, const Lock* lock, Mode mode) {
    tell(record_error(error, operation, lock, mode));
}

void misused(Status error, const char* operation, const char* reason) {
    tell(record_error(error, operation, nullptr, Mode::exclusive, "", reason));
}

}  // namespace detail
}  // namespace lwlock
