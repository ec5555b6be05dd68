/// \file
/// The C interface's types in terms of the C++ ones. Internal to the library.
#pragma once

#include "lwlock/lwlock.h"
#include "lwlock/lwlock.hpp"

namespace lwlock::detail {

static_assert(sizeof(lwlock_t) == sizeof(Lock) && alignof(lwlock_t) == alignof(Lock));
static_assert(sizeof(lwlock_var_t) == sizeof(Variable) && alignof(lwlock_var_t) == 8);
static_assert(sizeof(LockSpace) <= sizeof(lwlock_space_t));
static_assert(alignof(LockSpace) <= alignof(lwlock_space_t));
static_assert(std::is_trivially_copyable_v<LockSpace>);
static_assert(LWLOCK_EXCLUSIVE == static_cast<int>(Mode::exclusive));
static_assert(LWLOCK_SHARED == static_cast<int>(Mode::shared));

inline Lock& cpp(lwlock_t* lock) { return *reinterpret_cast<Lock*>(lock); }
inline const Lock& cpp(const lwlock_t* lock) { return *reinterpret_cast<const Lock*>(lock); }
inline Variable& cpp(lwlock_var_t* variable) { return *reinterpret_cast<Variable*>(variable); }
inline const Variable& cpp(const lwlock_var_t* variable) {
    return *reinterpret_cast<const Variable*>(variable);
}
inline LockSpace& cpp(lwlock_space_t* space) { return *reinterpret_cast<LockSpace*>(space); }
inline const LockSpace& cpp(const lwlock_space_t* space) {
    return *reinterpret_cast<const LockSpace*>(space);
}
inline Mode cpp(lwlock_mode_t mode) {
    return mode == LWLOCK_SHARED ? Mode::shared : Mode::exclusive;
}

inline int c(Status status) { return static_cast<int>(status); }

/// The status of an operation with a lock, recorded if it is an error.
inline int c(Status status, const char* operation, const lwlock_t* lock,
             Mode mode = Mode::exclusive) {
    return c(noted(status, operation, &cpp(lock), mode));
}

inline lwlock_misuse_t in_c(const Misuse& misuse) {
    return {.error = static_cast<int32_t>(misuse.error),
            .operation = misuse.operation,
            .lock = reinterpret_cast<const lwlock_t*>(misuse.lock),
            .tranche = misuse.tranche,
            .tranche_name = misuse.tranche_name,
            .mode = static_cast<uint8_t>(misuse.mode),
            .backend = misuse.backend,
            .subject = misuse.subject,
            .reason = misuse.reason};
}

}  // namespace lwlock::detail
