/** \file
 * lwlock for C: lightweight shared-exclusive locks for database engines.
 *
 * The functions mirror the C++ interface (lock.hpp, backend.hpp, space.hpp),
 * whose comments hold here too. Every function that can fail returns a status:
 * 0 and above means done, below 0 an error and nothing changed. Link with plain
 * cc; no C++ runtime is needed.
 */
#ifndef LWLOCK_LWLOCK_H
#define LWLOCK_LWLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A lock: 16 bytes, valid when all zero. Its members are nobody's business;
 * tranche may be read. */
typedef struct lwlock_lock {
    uint16_t tranche;
    uint16_t flags;
    uint32_t state;
    uint32_t wait_seq;
    uint32_t aux;
} lwlock_t;

/** A 64-bit value that waiters can watch; valid when all zero. */
typedef struct lwlock_var {
    uint64_t value __attribute__((aligned(8)));
} lwlock_var_t;

typedef enum lwlock_mode { LWLOCK_EXCLUSIVE = 0, LWLOCK_SHARED = 1 } lwlock_mode_t;

/** The same numbers as lwlock::Status. */
enum {
    LWLOCK_OK = 0,
    LWLOCK_WAITED = 1,
    LWLOCK_BUSY = -1,
    LWLOCK_TIMED_OUT = -2,
    LWLOCK_CANCELED = -3,
    LWLOCK_NOT_HELD = -10,
    LWLOCK_TOO_MANY_HELD = -11,
    LWLOCK_SELF_DEADLOCK = -12,
    LWLOCK_NOT_ATTACHED = -13,
    LWLOCK_NO_FREE_SLOT = -14,
    LWLOCK_TOO_MANY_SHARED = -15,
    LWLOCK_NOT_EXCLUSIVE = -16,
    LWLOCK_HOLDS_LOCKS = -17,
    LWLOCK_ALREADY_ATTACHED = -18,
    LWLOCK_BAD_SEGMENT = -30,
    LWLOCK_BAD_VERSION = -31,
    LWLOCK_DAMAGED_SEGMENT = -32,
    LWLOCK_SYSTEM_ERROR = -33,
    LWLOCK_BAD_ARGUMENT = -34,
    LWLOCK_DUPLICATE_NAME = -40,
    LWLOCK_BAD_NAME = -41,
    LWLOCK_NO_TRANCHE = -42,
    LWLOCK_TRANCHES_EXHAUSTED = -43,
    LWLOCK_NO_LOCK_ROOM = -44
};

/** One sentence about a status; never null. */
const char *lwlock_describe(int status);

/** \name The lock */
/** \{ */
void lwlock_init(lwlock_t *lock, uint16_t tranche);
/** \return LWLOCK_OK, LWLOCK_WAITED after sleeping, or an error. */
int lwlock_acquire(lwlock_t *lock, lwlock_mode_t mode);
/** \return LWLOCK_OK, LWLOCK_BUSY, or an error. */
int lwlock_try_acquire(lwlock_t *lock, lwlock_mode_t mode);
/** `deadline`: CLOCK_MONOTONIC nanoseconds. \return also LWLOCK_TIMED_OUT. */
int lwlock_acquire_until(lwlock_t *lock, lwlock_mode_t mode, int64_t deadline);
/** `nanoseconds`: from now. */
int lwlock_acquire_for(lwlock_t *lock, lwlock_mode_t mode, int64_t nanoseconds);
/** Like lwlock_acquire_until, ended by lwlock_space_cancel_wait too; INT64_MAX
 * is no deadline. \return also LWLOCK_CANCELED. */
int lwlock_acquire_cancellable(lwlock_t *lock, lwlock_mode_t mode, int64_t deadline);
/** \return LWLOCK_OK holding the lock; LWLOCK_WAITED without it, after it got
 * free; or an error. */
int lwlock_acquire_or_wait(lwlock_t *lock, lwlock_mode_t mode);
int lwlock_release(lwlock_t *lock);
int lwlock_release_clear_var(lwlock_t *lock, lwlock_var_t *variable, uint64_t value);
void lwlock_release_all(void);
/** \return the mode in which the lock was held, or an error. */
int lwlock_disown(lwlock_t *lock);
int lwlock_release_disowned(lwlock_t *lock, lwlock_mode_t mode);
/** \return LWLOCK_OK when the lock is not held exclusively; LWLOCK_WAITED when
 * the variable differs from old_value, and its value in *new_value. */
int lwlock_wait_for_var(lwlock_t *lock, const lwlock_var_t *variable, uint64_t old_value,
                        uint64_t *new_value);
int lwlock_update_var(lwlock_t *lock, lwlock_var_t *variable, uint64_t value);
/** \return 1 or 0. */
int lwlock_held_by_me(const lwlock_t *lock);
int lwlock_held_by_me_in_mode(const lwlock_t *lock, lwlock_mode_t mode);
int lwlock_any_held_by_me(const lwlock_t *first, size_t count, size_t stride);
size_t lwlock_held_count(void);
void lwlock_for_each_held_by_me(void (*visit)(lwlock_t *lock, lwlock_mode_t mode, void *context),
                                void *context);
/** \} */

/** \name Lock spaces
 * A space handle is the caller's memory; treat it as opaque. */
/** \{ */
typedef struct lwlock_space {
    uint64_t opaque[16];
} lwlock_space_t;

typedef struct lwlock_space_options {
    uint32_t backends;
    uint32_t locks;
    uint64_t user_bytes;
} lwlock_space_options_t;

int lwlock_space_create_anonymous(const lwlock_space_options_t *options, lwlock_space_t *space);
int lwlock_space_create_memfd(const lwlock_space_options_t *options, lwlock_space_t *space);
int lwlock_space_create_named(const char *name, const lwlock_space_options_t *options,
                              lwlock_space_t *space);
int lwlock_space_create_in(void *memory, size_t size, int shared,
                           const lwlock_space_options_t *options, lwlock_space_t *space);
uint64_t lwlock_space_required_size(const lwlock_space_options_t *options);
int lwlock_space_open_descriptor(int descriptor, lwlock_space_t *space);
int lwlock_space_open_named(const char *name, lwlock_space_t *space);
int lwlock_space_open_at(void *memory, size_t size, lwlock_space_t *space);
int lwlock_space_unlink_named(const char *name);
int lwlock_space_process_private(lwlock_space_t *space);
void lwlock_space_unmap(lwlock_space_t *space);
int lwlock_space_descriptor(const lwlock_space_t *space);
void *lwlock_space_user_memory(const lwlock_space_t *space);

/** Makes the calling thread a backend of the space. */
int lwlock_attach(const lwlock_space_t *space);
int lwlock_detach(void);
/** The calling backend's number, UINT32_MAX when not attached. */
uint32_t lwlock_my_backend(void);
int lwlock_space_cancel_wait(const lwlock_space_t *space, uint32_t backend);
void lwlock_reset_cancel(void);
/** \} */

/** \name Tranches */
/** \{ */
int lwlock_new_tranche(const lwlock_space_t *space, const char *name, uint16_t *id);
int lwlock_register_tranche(const lwlock_space_t *space, uint16_t id, const char *name);
int lwlock_request_tranche(const lwlock_space_t *space, const char *name, uint32_t count,
                           uint16_t *id);
int lwlock_named_tranche(const lwlock_space_t *space, const char *name, lwlock_t **locks,
                         uint32_t *count);
int lwlock_find_tranche(const lwlock_space_t *space, const char *name, uint16_t *id);
/** Valid until the next call by the same thread. */
const char *lwlock_wait_event_name(const lwlock_t *lock);

typedef struct lwlock_statistics {
    uint64_t shared_blocks;
    uint64_t exclusive_blocks;
    uint64_t wakes;
    uint64_t wait_nanoseconds;
    uint64_t spin_acquisitions;
    uint64_t handoffs;
    uint64_t timeouts;
    uint64_t cancellations;
} lwlock_statistics_t;
void lwlock_tranche_statistics(const lwlock_space_t *space, uint16_t tranche,
                               lwlock_statistics_t *out);
/** \} */

/** \name Wait observers; see observer.hpp */
/** \{ */
typedef enum lwlock_wait_kind {
    LWLOCK_WAIT_NONE = 0,
    LWLOCK_WAIT_EXCLUSIVE,
    LWLOCK_WAIT_SHARED,
    LWLOCK_WAIT_UNTIL_FREE,
    LWLOCK_WAIT_VARIABLE
} lwlock_wait_kind_t;

typedef struct lwlock_wait_event {
    const lwlock_t *lock;
    uint32_t kind; /**< a lwlock_wait_kind_t */
    uint32_t backend;
    uint64_t since;
} lwlock_wait_event_t;

typedef struct lwlock_wait_observer {
    void (*wait_start)(const lwlock_wait_event_t *event, void *context);
    void (*wait_done)(const lwlock_wait_event_t *event, void *context);
    void *context;
    void *link[2]; /**< the registry's own; zero before the first use */
} lwlock_wait_observer_t;

/** \return 1, or 0 when it is registered already. */
int lwlock_add_wait_observer(lwlock_wait_observer_t *observer);
/** \return 1, or 0 when it is not registered. */
int lwlock_remove_wait_observer(lwlock_wait_observer_t *observer);
/** \} */

#ifdef __cplusplus
}
#endif
#endif
