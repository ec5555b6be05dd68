#include "calls.hpp"

#include <cstring>

#include "lwlock/lwlock.h"
#include "require.hpp"

namespace lwlock::tests::fuzz {
namespace {

struct MisuseCaught {
    Status error;
};

void throw_misuse(const Misuse& misuse) {
    FUZZ_REQUIRE(!succeeded(misuse.error));
    FUZZ_REQUIRE(misuse.operation != nullptr && misuse.tranche_name != nullptr);
    char line[40];
    const int needed = format_misuse(misuse, line, sizeof line);
    FUZZ_REQUIRE(needed > 0 && std::strlen(line) < sizeof line);
    throw MisuseCaught{misuse.error};
}

// Runs an operation that returns a status or throws one.
template <class Operation>
Status caught(const Operation& operation) {
    try {
        return operation();
    } catch (const MisuseCaught& misuse) {
        return misuse.error;
    }
}

Status status_of(int code) { return static_cast<Status>(code); }
lwlock_t* c(Lock& lock) { return reinterpret_cast<lwlock_t*>(&lock); }
const lwlock_t* c(const Lock& lock) { return reinterpret_cast<const lwlock_t*>(&lock); }
lwlock_var_t* c(Variable& variable) { return reinterpret_cast<lwlock_var_t*>(&variable); }
const lwlock_var_t* c(const Variable& variable) {
    return reinterpret_cast<const lwlock_var_t*>(&variable);
}
lwlock_mode_t c(Mode mode) { return static_cast<lwlock_mode_t>(mode); }

// A C handle holds a copy of the C++ one.
lwlock_space_t c(const LockSpace& space) {
    lwlock_space_t handle{};
    std::memcpy(&handle, &space, sizeof space);
    return handle;
}

}  // namespace

void install_misuse_handler() { set_misuse_handler(throw_misuse); }

Status Calls::acquire(Lock& lock, Mode mode) {
    if (in_c_) return status_of(lwlock_acquire(c(lock), c(mode)));
    return caught([&] { return lock.acquire(mode) ? Status::waited : Status::ok; });
}

Status Calls::try_acquire(Lock& lock, Mode mode) {
    if (in_c_) return status_of(lwlock_try_acquire(c(lock), c(mode)));
    return caught([&] { return lock.try_acquire(mode) ? Status::ok : Status::busy; });
}

Status Calls::acquire_until(Lock& lock, Mode mode, Deadline deadline) {
    if (in_c_) return status_of(lwlock_acquire_until(c(lock), c(mode), deadline.nanoseconds()));
    return lock.acquire_until(mode, deadline);
}

Status Calls::acquire_cancellable(Lock& lock, Mode mode, Deadline deadline) {
    if (in_c_) {
        return status_of(lwlock_acquire_cancellable(c(lock), c(mode), deadline.nanoseconds()));
    }
    return lock.acquire_cancellable(mode, deadline);
}

Status Calls::acquire_or_wait(Lock& lock, Mode mode) {
    if (in_c_) return status_of(lwlock_acquire_or_wait(c(lock), c(mode)));
    return caught([&] { return lock.acquire_or_wait(mode) ? Status::ok : Status::waited; });
}

Status Calls::release(Lock& lock) {
    if (in_c_) return status_of(lwlock_release(c(lock)));
    return caught([&] {
        lock.release();
        return Status::ok;
    });
}

Status Calls::release_clear_var(Lock& lock, Variable& variable, std::uint64_t value) {
    if (in_c_) return status_of(lwlock_release_clear_var(c(lock), c(variable), value));
    return caught([&] {
        lock.release_clear_var(variable, value);
        return Status::ok;
    });
}

void Calls::release_all() { in_c_ ? lwlock_release_all() : lwlock::release_all(); }

Status Calls::disown(Lock& lock, Mode& mode) {
    if (in_c_) {
        const int code = lwlock_disown(c(lock));
        if (code < 0) return status_of(code);
        mode = static_cast<Mode>(code);
        return Status::ok;
    }
    return caught([&] {
        mode = lock.disown();
        return Status::ok;
    });
}

Status Calls::release_disowned(Lock& lock, Mode mode) {
    if (in_c_) return status_of(lwlock_release_disowned(c(lock), c(mode)));
    return caught([&] {
        lock.release_disowned(mode);
        return Status::ok;
    });
}

Status Calls::wait_for_var(Lock& lock, const Variable& variable, std::uint64_t old_value,
                           std::uint64_t& new_value) {
    if (in_c_) return status_of(lwlock_wait_for_var(c(lock), c(variable), old_value, &new_value));
    return caught([&] {
        return lock.wait_for_var(variable, old_value, new_value) ? Status::ok : Status::waited;
    });
}

Status Calls::update_var(Lock& lock, Variable& variable, std::uint64_t value) {
    if (in_c_) return status_of(lwlock_update_var(c(lock), c(variable), value));
    return caught([&] {
        lock.update_var(variable, value);
        return Status::ok;
    });
}

Status Calls::attach(const LockSpace& space) {
    if (!in_c_) return space.attach();
    const lwlock_space_t handle = c(space);
    return status_of(lwlock_attach(&handle));
}

Status Calls::detach() { return in_c_ ? status_of(lwlock_detach()) : lwlock::detach(); }

Status Calls::cancel_wait(const LockSpace& space, BackendNumber backend) {
    if (!in_c_) return space.cancel_wait(backend);
    const lwlock_space_t handle = c(space);
    return status_of(lwlock_space_cancel_wait(&handle, backend));
}

void Calls::reset_cancel() { in_c_ ? lwlock_reset_cancel() : lwlock::reset_cancel(); }

bool Calls::held_by_me(const Lock& lock) {
    return in_c_ ? lwlock_held_by_me(c(lock)) != 0 : lock.held_by_me();
}

bool Calls::held_by_me_in_mode(const Lock& lock, Mode mode) {
    return in_c_ ? lwlock_held_by_me_in_mode(c(lock), c(mode)) != 0 : lock.held_by_me_in_mode(mode);
}

}  // namespace lwlock::tests::fuzz
