// The C interface: the same operations, with a status each.

#include "lwlock/lwlock.h"

#include <string.h>

#include "lwlock/lwlock.hpp"
#include "lwlock/operations.hpp"

using lwlock::Lock;
using lwlock::LockSpace;
using lwlock::Mode;
using lwlock::Status;
using lwlock::Variable;

namespace lwlock::detail {

/// Status-returning access to the fast paths.
struct LockAccess {
    static Status acquire(Lock& lock, Mode mode, Patience patience) {
        return lock.take(mode, patience);
    }
    static Status try_acquire(Lock& lock, Mode mode) { return lock.try_take(mode); }
    static Status release(Lock& lock) { return lock.give(); }
    static Status release_clear_var(Lock& lock, Variable& variable, std::uint64_t value) {
        return lock.clear_var_and_give(variable, value);
    }
};

}  // namespace lwlock::detail

namespace {

using lwlock::detail::LockAccess;

static_assert(sizeof(lwlock_t) == sizeof(Lock) && alignof(lwlock_t) == alignof(Lock));
static_assert(sizeof(lwlock_var_t) == sizeof(Variable) && alignof(lwlock_var_t) == 8);
static_assert(sizeof(LockSpace) <= sizeof(lwlock_space_t));
static_assert(alignof(LockSpace) <= alignof(lwlock_space_t));
static_assert(std::is_trivially_copyable_v<LockSpace>);
static_assert(sizeof(lwlock_statistics_t) == sizeof(lwlock::TrancheStatistics));
static_assert(sizeof(lwlock_wait_event_t) == sizeof(lwlock::WaitEvent));
static_assert(sizeof(lwlock_wait_observer_t) == sizeof(lwlock::WaitObserver));
static_assert(LWLOCK_MAX_HELD == lwlock::kMaxHeldLocks);
static_assert(lwlock::kMaxTrancheName + 1 == 64);
static_assert(LWLOCK_EXCLUSIVE == static_cast<int>(Mode::exclusive));
static_assert(LWLOCK_SHARED == static_cast<int>(Mode::shared));
static_assert(LWLOCK_FUTEXES_EMULATED == static_cast<int>(lwlock::Futexes::emulated));
static_assert(LWLOCK_PAGES_HUGE_IF_RESERVED == static_cast<int>(lwlock::Pages::huge_if_reserved));
static_assert(LWLOCK_WAIT_VARIABLE == static_cast<int>(lwlock::WaitKind::variable));

Lock& cpp(lwlock_t* lock) { return *reinterpret_cast<Lock*>(lock); }
const Lock& cpp(const lwlock_t* lock) { return *reinterpret_cast<const Lock*>(lock); }
Variable& cpp(lwlock_var_t* variable) { return *reinterpret_cast<Variable*>(variable); }
const Variable& cpp(const lwlock_var_t* variable) {
    return *reinterpret_cast<const Variable*>(variable);
}
const LockSpace& cpp(const lwlock_space_t* space) {
    return *reinterpret_cast<const LockSpace*>(space);
}
LockSpace& cpp(lwlock_space_t* space) { return *reinterpret_cast<LockSpace*>(space); }
Mode cpp(lwlock_mode_t mode) { return mode == LWLOCK_SHARED ? Mode::shared : Mode::exclusive; }
lwlock::SpaceOptions cpp(const lwlock_space_options_t* options) {
    return {.backends = options->backends,
            .locks = options->locks,
            .user_bytes = options->user_bytes,
            .futexes = static_cast<lwlock::Futexes>(options->futexes),
            .pages = static_cast<lwlock::Pages>(options->pages)};
}

int c(Status status) { return static_cast<int>(status); }

// The handler that a C program set, and what puts a misuse into its terms.
constinit lwlock_misuse_handler_t c_misuse_handler = nullptr;

void call_c_misuse_handler(const lwlock::Misuse& misuse) {
    const lwlock_misuse_t in_c{.error = static_cast<int32_t>(misuse.error),
                               .operation = misuse.operation,
                               .lock = reinterpret_cast<const lwlock_t*>(misuse.lock),
                               .tranche = misuse.tranche,
                               .tranche_name = misuse.tranche_name,
                               .mode = static_cast<uint8_t>(misuse.mode),
                               .backend = misuse.backend};
    if (const auto handler = __atomic_load_n(&c_misuse_handler, __ATOMIC_ACQUIRE)) handler(&in_c);
}

// Fills the caller's handle only on success.
template <typename Make>
int make_space(lwlock_space_t* out, Make make) {
    LockSpace space;
    const Status status = make(space);
    if (status != Status::ok) return c(status);
    memset(out, 0, sizeof *out);
    memcpy(static_cast<void*>(out), &space, sizeof space);
    return c(status);
}

}  // namespace

extern "C" {

const char* lwlock_describe(int status) { return lwlock::describe(static_cast<Status>(status)); }

// ---- The lock ----

void lwlock_init(lwlock_t* lock, uint16_t tranche) { cpp(lock).init(tranche); }

int lwlock_acquire(lwlock_t* lock, lwlock_mode_t mode) {
    return c(LockAccess::acquire(cpp(lock), cpp(mode), {}));
}

int lwlock_try_acquire(lwlock_t* lock, lwlock_mode_t mode) {
    return c(LockAccess::try_acquire(cpp(lock), cpp(mode)));
}

int lwlock_acquire_until(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline) {
    return c(cpp(lock).acquire_until(cpp(mode), lwlock::Deadline::at(deadline)));
}

int lwlock_acquire_for(lwlock_t* lock, lwlock_mode_t mode, int64_t nanoseconds) {
    return c(cpp(lock).acquire_until(cpp(mode), lwlock::Deadline::after(nanoseconds)));
}

int lwlock_acquire_cancellable(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline) {
    return c(cpp(lock).acquire_cancellable(cpp(mode), lwlock::Deadline::at(deadline)));
}

int lwlock_acquire_or_wait(lwlock_t* lock, lwlock_mode_t mode) {
    return c(lwlock::detail::acquire_or_wait(cpp(lock).words(), cpp(mode)));
}

int lwlock_release(lwlock_t* lock) { return c(LockAccess::release(cpp(lock))); }

int lwlock_release_clear_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value) {
    return c(LockAccess::release_clear_var(cpp(lock), cpp(variable), value));
}

void lwlock_release_all(void) { lwlock::release_all(); }

int lwlock_disown(lwlock_t* lock) {
    Mode mode = Mode::exclusive;
    const Status status = lwlock::detail::disown(cpp(lock).words(), mode);
    return succeeded(status) ? static_cast<int>(mode) : c(status);
}

int lwlock_release_disowned(lwlock_t* lock, lwlock_mode_t mode) {
    return c(lwlock::detail::release_disowned(cpp(lock).words(), cpp(mode)));
}

int lwlock_wait_for_var(lwlock_t* lock, const lwlock_var_t* variable, uint64_t old_value,
                        uint64_t* new_value) {
    std::uint64_t found = 0;
    const Status status =
        lwlock::detail::wait_for_var(cpp(lock).words(), cpp(variable), old_value, found);
    if (succeeded(status)) *new_value = found;
    return c(status);
}

int lwlock_update_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value) {
    return c(lwlock::detail::update_var(cpp(lock).words(), cpp(variable), value));
}

int lwlock_held_by_me(const lwlock_t* lock) { return cpp(lock).held_by_me() ? 1 : 0; }

int lwlock_held_by_me_in_mode(const lwlock_t* lock, lwlock_mode_t mode) {
    return cpp(lock).held_by_me_in_mode(cpp(mode)) ? 1 : 0;
}

int lwlock_any_held_by_me(const lwlock_t* first, size_t count, size_t stride) {
    return lwlock::any_held_by_me(&cpp(first), count, stride) ? 1 : 0;
}

size_t lwlock_held_count(void) { return lwlock::held_count(); }

void lwlock_for_each_held_by_me(void (*visit)(lwlock_t* lock, lwlock_mode_t mode, void* context),
                                void* context) {
    struct Visit {
        void (*visit)(lwlock_t*, lwlock_mode_t, void*);
        void* context;
    } with{visit, context};
    lwlock::for_each_held_by_me(
        [](Lock& lock, Mode mode, void* data) {
            const auto& inner = *static_cast<Visit*>(data);
            inner.visit(reinterpret_cast<lwlock_t*>(&lock), static_cast<lwlock_mode_t>(mode),
                        inner.context);
        },
        &with);
}

// ---- Lock spaces ----

int lwlock_space_create_anonymous(const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(
        space, [&](LockSpace& out) { return LockSpace::create_anonymous(cpp(options), out); });
}

int lwlock_space_create_memfd(const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(space,
                      [&](LockSpace& out) { return LockSpace::create_memfd(cpp(options), out); });
}

int lwlock_space_create_named(const char* name, const lwlock_space_options_t* options,
                              lwlock_space_t* space) {
    return make_space(
        space, [&](LockSpace& out) { return LockSpace::create_named(name, cpp(options), out); });
}

int lwlock_space_create_in(void* memory, size_t size, int shared,
                           const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) {
        return LockSpace::create_in(memory, size, shared != 0, cpp(options), out);
    });
}

uint64_t lwlock_space_required_size(const lwlock_space_options_t* options) {
    return LockSpace::required_size(cpp(options));
}

int lwlock_space_open_descriptor(int descriptor, lwlock_space_t* space) {
    return make_space(space,
                      [&](LockSpace& out) { return LockSpace::open_descriptor(descriptor, out); });
}

int lwlock_space_open_named(const char* name, lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) { return LockSpace::open_named(name, out); });
}

int lwlock_space_open_at(void* memory, size_t size, lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) { return LockSpace::open_at(memory, size, out); });
}

int lwlock_space_unlink_named(const char* name) { return c(LockSpace::unlink_named(name)); }

int lwlock_space_process_private(lwlock_space_t* space) {
    return make_space(space, [](LockSpace& out) { return LockSpace::process_private(out); });
}

void lwlock_space_unmap(lwlock_space_t* space) { cpp(space).unmap(); }

int lwlock_space_descriptor(const lwlock_space_t* space) { return cpp(space).descriptor(); }

int lwlock_space_futexes(const lwlock_space_t* space) {
    return static_cast<int>(cpp(space).futexes());
}

int lwlock_space_pages(const lwlock_space_t* space) { return static_cast<int>(cpp(space).pages()); }

int lwlock_space_memory_fault(const lwlock_space_t* space) {
    return static_cast<int>(cpp(space).memory_fault());
}

void* lwlock_space_user_memory(const lwlock_space_t* space) { return cpp(space).user_memory(); }

int lwlock_attach(const lwlock_space_t* space) { return c(cpp(space).attach()); }

int lwlock_detach(void) { return c(lwlock::detach()); }

uint32_t lwlock_my_backend(void) { return lwlock::my_backend(); }

int lwlock_space_cancel_wait(const lwlock_space_t* space, uint32_t backend) {
    return c(cpp(space).cancel_wait(backend));
}

void lwlock_reset_cancel(void) { lwlock::reset_cancel(); }

int lwlock_space_report(const lwlock_space_t* space, uint32_t backend,
                        lwlock_backend_report_t* out) {
    lwlock::BackendReport report;
    if (!cpp(space).report(backend, report)) return LWLOCK_BAD_ARGUMENT;
    out->process = report.process;
    out->thread = report.thread;
    out->waiting = static_cast<uint32_t>(report.waiting);
    out->held_count = report.held_count;
    out->wait_location = report.wait_location;
    out->wait_since = report.wait_since;
    out->waits = report.waits;
    out->wait_nanoseconds = report.wait_nanoseconds;
    for (uint32_t i = 0; i < report.held_count; ++i) {
        const lwlock::HeldEntry& entry = report.held[i];
        out->held[i] = {entry.location, static_cast<uint32_t>(entry.mark),
                        static_cast<uint32_t>(entry.mode)};
    }
    return LWLOCK_OK;
}

uint32_t lwlock_space_backends(const lwlock_space_t* space) { return cpp(space).backends(); }

uint32_t lwlock_space_backends_ever_used(const lwlock_space_t* space) {
    return cpp(space).backends_ever_used();
}

lwlock_t* lwlock_space_lock_at(const lwlock_space_t* space, int64_t location) {
    return reinterpret_cast<lwlock_t*>(cpp(space).lock_at(location));
}

uint32_t lwlock_exclusive_holder(const lwlock_t* lock) { return cpp(lock).exclusive_holder(); }

lwlock_misuse_handler_t lwlock_set_misuse_handler(lwlock_misuse_handler_t handler) {
    const lwlock_misuse_handler_t previous =
        __atomic_exchange_n(&c_misuse_handler, handler, __ATOMIC_ACQ_REL);
    lwlock::set_misuse_handler(handler == nullptr ? nullptr : call_c_misuse_handler);
    return previous;
}

// ---- Tranches ----

int lwlock_new_tranche(const lwlock_space_t* space, const char* name, uint16_t* id) {
    return c(cpp(space).new_tranche(name, *id));
}

int lwlock_register_tranche(const lwlock_space_t* space, uint16_t id, const char* name) {
    return c(cpp(space).register_tranche(id, name));
}

int lwlock_request_tranche(const lwlock_space_t* space, const char* name, uint32_t count,
                           uint16_t* id) {
    return c(cpp(space).request_tranche(name, count, *id));
}

int lwlock_named_tranche(const lwlock_space_t* space, const char* name, lwlock_t** locks,
                         uint32_t* count) {
    std::span<Lock> found;
    const Status status = cpp(space).named_tranche(name, found);
    if (status != Status::ok) return c(status);
    *locks = reinterpret_cast<lwlock_t*>(found.data());
    *count = static_cast<uint32_t>(found.size());
    return c(status);
}

int lwlock_find_tranche(const lwlock_space_t* space, const char* name, uint16_t* id) {
    return c(cpp(space).find_tranche(name, *id));
}

void lwlock_tranche_name(const lwlock_space_t* space, uint16_t id, char buffer[64]) {
    cpp(space).tranche_name(id, *reinterpret_cast<char(*)[lwlock::kMaxTrancheName + 1]>(buffer));
}

const char* lwlock_wait_event_name(const lwlock_t* lock) {
    return lwlock::wait_event_name(cpp(lock));
}

int lwlock_space_set_tranche_bias(const lwlock_space_t* space, uint16_t tranche,
                                  lwlock_bias_t bias) {
    if (bias != LWLOCK_BIAS_ADAPTIVE && bias != LWLOCK_BIAS_OFF && bias != LWLOCK_BIAS_ALWAYS) {
        return LWLOCK_BAD_ARGUMENT;
    }
    cpp(space).set_tranche_policy(tranche, lwlock::TranchePolicy::unpacked(bias));
    return LWLOCK_OK;
}

void lwlock_tranche_statistics(const lwlock_space_t* space, uint16_t tranche,
                               lwlock_statistics_t* out) {
    const lwlock::TrancheStatistics statistics = cpp(space).statistics(tranche);
    memcpy(out, &statistics, sizeof *out);
}

// ---- Wait observers ----

int lwlock_add_wait_observer(lwlock_wait_observer_t* observer) {
    return lwlock::add_wait_observer(*reinterpret_cast<lwlock::WaitObserver*>(observer)) ? 1 : 0;
}

int lwlock_remove_wait_observer(lwlock_wait_observer_t* observer) {
    return lwlock::remove_wait_observer(*reinterpret_cast<lwlock::WaitObserver*>(observer)) ? 1 : 0;
}

}  // extern "C"
