// The C interface to what a process is told of: waits and misuse.

#include "lwlock/c_api.hpp"

using lwlock::Misuse;
using lwlock::WaitObserver;

static_assert(sizeof(lwlock_wait_event_t) == sizeof(lwlock::WaitEvent));
static_assert(sizeof(lwlock_wait_observer_t) == sizeof(WaitObserver));
static_assert(LWLOCK_WAIT_VARIABLE == static_cast<int>(lwlock::WaitKind::variable));

namespace {

// The handler that a C program set, and what puts a misuse into its terms.
constinit lwlock_misuse_handler_t c_misuse_handler = nullptr;

void call_c_misuse_handler(const Misuse& misuse) {
    const lwlock_misuse_t told = lwlock::detail::in_c(misuse);
    if (const auto handler = __atomic_load_n(&c_misuse_handler, __ATOMIC_ACQUIRE)) handler(&told);
}

// Members that a C program left out of a misuse of its own are null.
const char* text(const char* member) { return member == nullptr ? "" : member; }

}  // namespace

extern "C" {

lwlock_misuse_handler_t lwlock_set_misuse_handler(lwlock_misuse_handler_t handler) {
    const lwlock_misuse_handler_t previous =
        __atomic_exchange_n(&c_misuse_handler, handler, __ATOMIC_ACQ_REL);
    lwlock::set_misuse_handler(handler == nullptr ? nullptr : call_c_misuse_handler);
    return previous;
}

int lwlock_format_misuse(const lwlock_misuse_t* misuse, char* buffer, size_t size) {
    const Misuse in_cpp{.error = static_cast<lwlock::Status>(misuse->error),
                        .operation = text(misuse->operation),
                        .lock = reinterpret_cast<const lwlock::Lock*>(misuse->lock),
                        .tranche = misuse->tranche,
                        .tranche_name = text(misuse->tranche_name),
                        .mode = static_cast<lwlock::Mode>(misuse->mode),
                        .backend = misuse->backend,
                        .subject = text(misuse->subject),
                        .reason = text(misuse->reason)};
    return lwlock::format_misuse(in_cpp, buffer, size);
}

int lwlock_last_error(lwlock_misuse_t* out) {
    if (out != nullptr) *out = lwlock::detail::in_c(lwlock::last_error());
    return static_cast<int>(lwlock::last_error().error);
}

int lwlock_describe_last_error(char* buffer, size_t size) {
    return lwlock::describe_last_error(buffer, size);
}

int lwlock_add_wait_observer(lwlock_wait_observer_t* observer) {
    return lwlock::add_wait_observer(*reinterpret_cast<WaitObserver*>(observer)) ? 1 : 0;
}

int lwlock_remove_wait_observer(lwlock_wait_observer_t* observer) {
    return lwlock::remove_wait_observer(*reinterpret_cast<WaitObserver*>(observer)) ? 1 : 0;
}

}  // extern "C"
