// The C interface to lock spaces and to the backends in them.

#include <string.h>

#include "lwlock/c_api.hpp"

using lwlock::LockSpace;
using lwlock::Status;
using lwlock::detail::c;
using lwlock::detail::cpp;

static_assert(LWLOCK_MAX_HELD == lwlock::kMaxHeldLocks);
static_assert(LWLOCK_FUTEXES_EMULATED == static_cast<int>(lwlock::Futexes::emulated));
static_assert(LWLOCK_PAGES_HUGE_IF_RESERVED == static_cast<int>(lwlock::Pages::huge_if_reserved));

namespace {

lwlock::SpaceOptions options_of(const lwlock_space_options_t* options) {
    return {.backends = options->backends,
            .locks = options->locks,
            .user_bytes = options->user_bytes,
            .futexes = static_cast<lwlock::Futexes>(options->futexes),
            .pages = static_cast<lwlock::Pages>(options->pages)};
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

int lwlock_space_create_anonymous(const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) {
        return LockSpace::create_anonymous(options_of(options), out);
    });
}

int lwlock_space_create_memfd(const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(
        space, [&](LockSpace& out) { return LockSpace::create_memfd(options_of(options), out); });
}

int lwlock_space_create_named(const char* name, const lwlock_space_options_t* options,
                              lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) {
        return LockSpace::create_named(name, options_of(options), out);
    });
}

int lwlock_space_create_in(void* memory, size_t size, int shared,
                           const lwlock_space_options_t* options, lwlock_space_t* space) {
    return make_space(space, [&](LockSpace& out) {
        return LockSpace::create_in(memory, size, shared != 0, options_of(options), out);
    });
}

uint64_t lwlock_space_required_size(const lwlock_space_options_t* options) {
    return LockSpace::required_size(options_of(options));
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

uint64_t lwlock_space_user_bytes(const lwlock_space_t* space) { return cpp(space).user_bytes(); }

uint64_t lwlock_space_size(const lwlock_space_t* space) { return cpp(space).size(); }

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
    if (!cpp(space).report(backend, report)) {
        lwlock::detail::Reason reason;
        reason.say("backend %u of %u", backend, cpp(space).backends());
        return c(lwlock::detail::noted(Status::bad_argument, "report", "", reason));
    }
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

}  // extern "C"
