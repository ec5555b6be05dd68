// The C interface to a lock: the same operations, with a status each.

#include "lwlock/c_api.hpp"
#include "lwlock/operations.hpp"

using lwlock::Lock;
using lwlock::Mode;
using lwlock::Status;
using lwlock::detail::c;
using lwlock::detail::cpp;
using lwlock::detail::noted;
using lwlock::detail::Reason;

namespace lwlock::detail {

/// Status-returning access to the fast paths.
struct LockAccess {
    static Status acquire(Lock& lock, Mode mode) { return lock.take_noted("acquire", mode, {}); }
    static Status try_acquire(Lock& lock, Mode mode) {
        Progress progress = Progress::nothing;
        if (lock.take_free(mode, progress)) [[likely]]
            return Status::ok;
        return try_acquire_noted(lock, mode, progress);
    }
    [[gnu::noinline]] static Status try_acquire_noted(Lock& lock, Mode mode, Progress progress) {
        return noted(try_acquire_cold(lock.words(), mode, progress), "try_acquire", &lock, mode);
    }
    static Status release(Lock& lock) { return lock.give(); }
    static Status release_clear_var(Lock& lock, Variable& variable, std::uint64_t value) {
        return lock.clear_var_and_give(variable, value);
    }
};

}  // namespace lwlock::detail

static_assert(LWLOCK_FLAGS_BIASED == static_cast<int>(lwlock::LockFlags::biased));

using lwlock::detail::LockAccess;

extern "C" {

const char* lwlock_describe(int status) { return lwlock::describe(static_cast<Status>(status)); }

const char* lwlock_name_of_mode(lwlock_mode_t mode) { return lwlock::name_of(cpp(mode)); }

void lwlock_init(lwlock_t* lock, uint16_t tranche) { cpp(lock).init(tranche); }

int lwlock_init_flags(lwlock_t* lock, uint16_t tranche, lwlock_flags_t flags) {
    if (flags != LWLOCK_FLAGS_NONE && flags != LWLOCK_FLAGS_BIASED) {
        Reason reason;
        reason.say("there are no flags %#x", static_cast<unsigned>(flags));
        return c(noted(Status::bad_argument, "init_flags", "", reason));
    }
    cpp(lock).init(tranche, static_cast<lwlock::LockFlags>(flags));
    return LWLOCK_OK;
}

int lwlock_acquire(lwlock_t* lock, lwlock_mode_t mode) {
    return c(LockAccess::acquire(cpp(lock), cpp(mode)));
}

int lwlock_try_acquire(lwlock_t* lock, lwlock_mode_t mode) {
    return c(LockAccess::try_acquire(cpp(lock), cpp(mode)));
}

int lwlock_acquire_until(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline) {
    return c(cpp(lock).acquire_until(cpp(mode), lwlock::Deadline::at(deadline)));
}

int lwlock_acquire_for(lwlock_t* lock, lwlock_mode_t mode, int64_t nanoseconds) {
    return c(cpp(lock).acquire_for(cpp(mode), std::chrono::nanoseconds(nanoseconds)));
}

int lwlock_acquire_cancellable(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline) {
    return c(cpp(lock).acquire_cancellable(cpp(mode), lwlock::Deadline::at(deadline)));
}

int lwlock_acquire_or_wait(lwlock_t* lock, lwlock_mode_t mode) {
    const Status status = lwlock::detail::acquire_or_wait(cpp(lock).words(), cpp(mode));
    return c(status, "acquire_or_wait", lock, cpp(mode));
}

int lwlock_release(lwlock_t* lock) { return c(LockAccess::release(cpp(lock))); }

int lwlock_release_clear_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value) {
    const Status status = LockAccess::release_clear_var(cpp(lock), cpp(variable), value);
    return c(status, "release_clear_var", lock);
}

void lwlock_release_all(void) { lwlock::release_all(); }

int lwlock_disown(lwlock_t* lock) {
    Mode mode = Mode::exclusive;
    const Status status = lwlock::detail::disown(cpp(lock).words(), mode);
    return succeeded(status) ? static_cast<int>(mode) : c(status, "disown", lock);
}

int lwlock_release_disowned(lwlock_t* lock, lwlock_mode_t mode) {
    const Status status = lwlock::detail::release_disowned(cpp(lock).words(), cpp(mode));
    return c(status, "release_disowned", lock, cpp(mode));
}

int lwlock_wait_for_var(lwlock_t* lock, const lwlock_var_t* variable, uint64_t old_value,
                        uint64_t* new_value) {
    std::uint64_t found = 0;
    const Status status =
        lwlock::detail::wait_for_var(cpp(lock).words(), cpp(variable), old_value, found);
    if (succeeded(status)) *new_value = found;
    return c(status, "wait_for_var", lock, Mode::shared);
}

int lwlock_update_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value) {
    const Status status = lwlock::detail::update_var(cpp(lock).words(), cpp(variable), value);
    return c(status, "update_var", lock);
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

uint32_t lwlock_exclusive_holder(const lwlock_t* lock) { return cpp(lock).exclusive_holder(); }

uint32_t lwlock_state_word(const lwlock_t* lock) { return cpp(lock).state_word(); }

}  // extern "C"
