/** \file
 * lwlock for C: lightweight shared-exclusive locks for database engines.
 *
 * The functions mirror the C++ interface (lock.hpp, backend.hpp, space.hpp),
 * whose comments hold here too. Every function that can fail returns a status:
 * 0 and above means done, below 0 an error and nothing changed; the misuse
 * handler is left with threads that end holding locks. Link with plain cc; no C++
 * runtime is needed.
 *
 * Acquiring has acquire, releasing has release memory order. Times are
 * nanoseconds of CLOCK_MONOTONIC. Not for signal handlers. The contract is that
 * of PostgreSQL's lwlock.h, function by function; see
 * docs/migrating-from-postgres-lwlocks.md.
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
    uint16_t waiters;
    uint32_t state;
    uint32_t wait_seq;
    uint32_t aux;
} lwlock_t;

/** A 64-bit value that waiters can watch; valid when all zero. */
typedef struct lwlock_var {
    uint64_t value __attribute__((aligned(8)));
} lwlock_var_t;

/** A lock with two cache lines of its own, for arrays of locks that are hot at the same
 * time: the place of PostgreSQL's LWLockPadded. Valid when all zero. */
typedef struct lwlock_padded {
    lwlock_t lock __attribute__((aligned(128)));
} lwlock_padded_t;

typedef enum lwlock_mode { LWLOCK_EXCLUSIVE = 0, LWLOCK_SHARED = 1 } lwlock_mode_t;

/** What functions return; the same numbers as lwlock::Status. */
enum {
    LWLOCK_OK = 0,                   /**< done, without waiting */
    LWLOCK_WAITED = 1,               /**< done, after waiting */
    LWLOCK_BUSY = -1,                /**< a conditional acquire found the lock taken */
    LWLOCK_TIMED_OUT = -2,           /**< the deadline passed first */
    LWLOCK_CANCELED = -3,            /**< the wait was cancelled from outside */
    LWLOCK_NOT_HELD = -10,           /**< the backend does not hold the lock */
    LWLOCK_TOO_MANY_HELD = -11,      /**< the backend holds 200 locks already */
    LWLOCK_SELF_DEADLOCK = -12,      /**< waiting would be for oneself */
    LWLOCK_NOT_ATTACHED = -13,       /**< the thread has no slot and may not take one by itself */
    LWLOCK_NO_FREE_SLOT = -14,       /**< every backend slot of the space is taken */
    LWLOCK_TOO_MANY_SHARED = -15,    /**< the shared count of the lock is full */
    LWLOCK_NOT_EXCLUSIVE = -16,      /**< needs the lock held exclusively by this backend */
    LWLOCK_HOLDS_LOCKS = -17,        /**< detaching while locks are held or requested */
    LWLOCK_ALREADY_ATTACHED = -18,   /**< the thread is a backend already */
    LWLOCK_TOO_MANY_PENDING = -19,   /**< a queue waits for as many locks as it can */
    LWLOCK_BAD_SEGMENT = -30,        /**< not a lock space */
    LWLOCK_BAD_VERSION = -31,        /**< a lock space of another version or layout */
    LWLOCK_DAMAGED_SEGMENT = -32,    /**< a lock space that contradicts itself */
    LWLOCK_SYSTEM_ERROR = -33,       /**< a system call failed; errno says how */
    LWLOCK_BAD_ARGUMENT = -34,       /**< an argument outside what the function takes */
    LWLOCK_NO_HUGE_PAGES = -35,      /**< too few huge pages are reserved */
    LWLOCK_DUPLICATE_NAME = -40,     /**< the tranche name or id is taken */
    LWLOCK_BAD_NAME = -41,           /**< empty, or longer than 63 bytes */
    LWLOCK_NO_TRANCHE = -42,         /**< no tranche of that name */
    LWLOCK_TRANCHES_EXHAUSTED = -43, /**< every tranche id is taken */
    LWLOCK_NO_LOCK_ROOM = -44        /**< the space has no room for so many more locks */
};

/** One sentence about a status; never null. */
const char* lwlock_describe(int status);
/** "exclusive" or "shared". */
const char* lwlock_name_of_mode(lwlock_mode_t mode);

/** \name The lock
 * Errors of all that acquire: LWLOCK_TOO_MANY_HELD, LWLOCK_SELF_DEADLOCK,
 * LWLOCK_NOT_ATTACHED, LWLOCK_NO_FREE_SLOT, LWLOCK_TOO_MANY_SHARED, and
 * LWLOCK_SYSTEM_ERROR when the process-private space cannot be mapped; but to
 * lwlock_try_acquire a lock that would be LWLOCK_SELF_DEADLOCK or
 * LWLOCK_TOO_MANY_SHARED is just LWLOCK_BUSY. */
/** \{ */
/** Makes the lock free and gives it a tranche. Nobody may be using it. */
void lwlock_init(lwlock_t* lock, uint16_t tranche);
/** How a lock begins. */
typedef enum lwlock_flags {
    LWLOCK_FLAGS_NONE = 0,
    LWLOCK_FLAGS_BIASED = 1 /**< with read bias; see lwlock::LockFlags::biased */
} lwlock_flags_t;
/** lwlock_init, with flags. \return LWLOCK_OK or LWLOCK_BAD_ARGUMENT. */
int lwlock_init_flags(lwlock_t* lock, uint16_t tranche, lwlock_flags_t flags);
/** Waits until the lock is held.
 * \return LWLOCK_OK, LWLOCK_WAITED after sleeping, or an error. */
int lwlock_acquire(lwlock_t* lock, lwlock_mode_t mode);
/** Takes the lock if that needs no waiting.
 * \return LWLOCK_OK, LWLOCK_BUSY, or an error. */
int lwlock_try_acquire(lwlock_t* lock, lwlock_mode_t mode);
/** Waits, but not beyond `deadline`, in CLOCK_MONOTONIC nanoseconds; INT64_MAX
 * is no deadline. One that has passed still takes a lock that is free.
 * \return as lwlock_acquire, and LWLOCK_TIMED_OUT. */
int lwlock_acquire_until(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline);
/** lwlock_acquire_until, with nanoseconds from now. */
int lwlock_acquire_for(lwlock_t* lock, lwlock_mode_t mode, int64_t nanoseconds);
/** lwlock_acquire_until that lwlock_space_cancel_wait ends as well.
 * \return also LWLOCK_CANCELED. */
int lwlock_acquire_cancellable(lwlock_t* lock, lwlock_mode_t mode, int64_t deadline);
/** Takes a lock that is free; else waits until it gets free, without taking it.
 * \return LWLOCK_OK holding the lock; LWLOCK_WAITED without it, after it got
 * free; or an error. */
int lwlock_acquire_or_wait(lwlock_t* lock, lwlock_mode_t mode);
/** Gives the lock back, whichever way it is held. After its last store the
 * lock's memory is not touched any more.
 * \return LWLOCK_OK or LWLOCK_NOT_HELD. */
int lwlock_release(lwlock_t* lock);
/** Stores the value, wakes who waits for it, and releases.
 * \return LWLOCK_OK, LWLOCK_NOT_HELD or LWLOCK_NOT_EXCLUSIVE. */
int lwlock_release_clear_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value);
/** Releases all that the calling backend holds, youngest first. */
void lwlock_release_all(void);
/** Forgets that this backend holds the lock, which stays held.
 * \return the mode in which the lock was held, or LWLOCK_NOT_HELD. */
int lwlock_disown(lwlock_t* lock);
/** Releases a lock that was disowned in `mode`, by whichever backend.
 * \return LWLOCK_OK, LWLOCK_NOT_HELD, or why the thread has no slot. */
int lwlock_release_disowned(lwlock_t* lock, lwlock_mode_t mode);
/** Waits until the lock is not held exclusively or the variable differs from
 * old_value. \return LWLOCK_OK in the first case, LWLOCK_WAITED in the second,
 * both with the variable's value in *new_value; or an error. */
int lwlock_wait_for_var(lwlock_t* lock, const lwlock_var_t* variable, uint64_t old_value,
                        uint64_t* new_value);
/** Stores the value and wakes who waits for it; no system call when nobody does.
 * \return LWLOCK_OK or LWLOCK_NOT_EXCLUSIVE. */
int lwlock_update_var(lwlock_t* lock, lwlock_var_t* variable, uint64_t value);
/** \return 1 or 0. */
int lwlock_held_by_me(const lwlock_t* lock);
/** \return 1 or 0. */
int lwlock_held_by_me_in_mode(const lwlock_t* lock, lwlock_mode_t mode);
/** Whether any of `count` locks, `stride` bytes apart, is held. \return 1 or 0. */
int lwlock_any_held_by_me(const lwlock_t* first, size_t count, size_t stride);
/** Locks that the calling backend holds. */
size_t lwlock_held_count(void);
/** Calls `visit` for each, oldest first. It may not acquire or release. */
void lwlock_for_each_held_by_me(void (*visit)(lwlock_t* lock, lwlock_mode_t mode, void* context),
                                void* context);
/** \} */

/** \name Lock spaces
 * A space handle is the caller's memory; treat it as opaque. */
/** \{ */
typedef struct lwlock_space {
    uint64_t opaque[24];
} lwlock_space_t;

typedef struct lwlock_space_options {
    uint32_t backends;   /**< backend slots, 1 to 2^18 - 1 */
    uint32_t locks;      /**< locks that named tranches can ask for; a padded one is 8 */
    uint64_t user_bytes; /**< zeroed memory for the engine's own data */
    uint32_t futexes;    /**< a lwlock_futexes_t */
    uint32_t pages;      /**< a lwlock_pages_t */
} lwlock_space_options_t;

/** Whose futexes waiters sleep on; see space.hpp. */
typedef enum lwlock_futexes {
    LWLOCK_FUTEXES_AUTOMATIC = 0, /**< the system's if a self-test passes, else emulated */
    LWLOCK_FUTEXES_SYSTEM = 1,    /**< the system's, untested */
    LWLOCK_FUTEXES_EMULATED = 2   /**< wait lists in the space, and semaphores */
} lwlock_futexes_t;

/** What the memory of anonymous spaces and memory files consists of. */
typedef enum lwlock_pages {
    LWLOCK_PAGES_STANDARD = 0,
    LWLOCK_PAGES_HUGE = 1,            /**< of 2 MiB; LWLOCK_NO_HUGE_PAGES without enough */
    LWLOCK_PAGES_HUGE_IF_RESERVED = 2 /**< standard ones when too few are reserved */
} lwlock_pages_t;

/** The create functions return LWLOCK_OK, LWLOCK_BAD_ARGUMENT,
 * LWLOCK_NO_HUGE_PAGES, or LWLOCK_SYSTEM_ERROR; the handle is filled only on success. */
int lwlock_space_create_anonymous(const lwlock_space_options_t* options, lwlock_space_t* space);
int lwlock_space_create_memfd(const lwlock_space_options_t* options, lwlock_space_t* space);
/** `name`: "/name", POSIX shared memory, mode 0600; EEXIST when it exists. */
int lwlock_space_create_named(const char* name, const lwlock_space_options_t* options,
                              lwlock_space_t* space);
/** In memory of the caller: zeroed, 4096-byte aligned, lwlock_space_required_size
 * long. `shared`: whether other processes will use it. */
int lwlock_space_create_in(void* memory, size_t size, int shared,
                           const lwlock_space_options_t* options, lwlock_space_t* space);
/** \return bytes, 0 when an option is out of range. */
uint64_t lwlock_space_required_size(const lwlock_space_options_t* options);
/** The open functions return LWLOCK_OK, LWLOCK_BAD_SEGMENT (also: not complete
 * yet), LWLOCK_BAD_VERSION, LWLOCK_DAMAGED_SEGMENT, LWLOCK_BAD_ARGUMENT or
 * LWLOCK_SYSTEM_ERROR. */
int lwlock_space_open_descriptor(int descriptor, lwlock_space_t* space);
int lwlock_space_open_named(const char* name, lwlock_space_t* space);
int lwlock_space_open_at(void* memory, size_t size, lwlock_space_t* space);
/** Removes the name; who has the memory mapped keeps it. */
int lwlock_space_unlink_named(const char* name);
/** The space that unattached threads join by themselves. */
int lwlock_space_process_private(lwlock_space_t* space);
/** No thread of the process may be attached to the space or use its locks.
 * Misuse: LWLOCK_ALREADY_ATTACHED when the calling thread is. */
void lwlock_space_unmap(lwlock_space_t* space);
/** \return the memory file, -1 for other kinds of space. */
int lwlock_space_descriptor(const lwlock_space_t* space);
/** \return LWLOCK_FUTEXES_SYSTEM or LWLOCK_FUTEXES_EMULATED. */
int lwlock_space_futexes(const lwlock_space_t* space);
/** \return LWLOCK_PAGES_STANDARD or LWLOCK_PAGES_HUGE. */
int lwlock_space_pages(const lwlock_space_t* space);
/** \return 0 none, 1 untested, 2 a wake was lost, 3 a wake reached another page. */
int lwlock_space_memory_fault(const lwlock_space_t* space);
void* lwlock_space_user_memory(const lwlock_space_t* space);
/** Its size, as asked for. */
uint64_t lwlock_space_user_bytes(const lwlock_space_t* space);
/** Bytes of the whole space. */
uint64_t lwlock_space_size(const lwlock_space_t* space);

/** Makes the calling thread a backend of the space, until lwlock_detach or the
 * thread's end. After fork the child is not attached.
 * \return LWLOCK_OK, LWLOCK_ALREADY_ATTACHED, LWLOCK_NO_FREE_SLOT, or
 * LWLOCK_SYSTEM_ERROR where membarrier refuses to register the process. */
int lwlock_attach(const lwlock_space_t* space);
/** \return LWLOCK_OK, LWLOCK_HOLDS_LOCKS or LWLOCK_NOT_ATTACHED. */
int lwlock_detach(void);
/** The calling backend's number, UINT32_MAX when not attached. */
uint32_t lwlock_my_backend(void);
/** Ends the cancellable wait of a backend, now or, if it has none, the next one.
 * \return LWLOCK_OK or LWLOCK_BAD_ARGUMENT. */
int lwlock_space_cancel_wait(const lwlock_space_t* space, uint32_t backend);
/** Forgets a cancellation of the calling backend that no wait has consumed. */
void lwlock_reset_cancel(void);

/** A lock that a backend holds, or is about to hold or to give back. */
typedef struct lwlock_held {
    int64_t location; /**< bytes from the base of the space; see lwlock_space_lock_at() */
    uint32_t mark;    /**< 1 acquiring, 2 held, 3 releasing, 4 held by bias */
    uint32_t mode;    /**< a lwlock_mode_t */
} lwlock_held_t;

/** Most locks that one backend can hold at a time. */
#define LWLOCK_MAX_HELD 200

/** What a backend waits for and holds, as seen from outside at some moment. */
typedef struct lwlock_backend_report {
    uint32_t process; /**< 0: the slot is free */
    uint32_t thread;
    uint32_t waiting; /**< a lwlock_wait_kind_t */
    uint32_t held_count;
    int64_t wait_location;
    uint64_t wait_since;       /**< CLOCK_MONOTONIC nanoseconds */
    uint64_t waits;            /**< since attach */
    uint64_t wait_nanoseconds; /**< since attach */
    lwlock_held_t held[LWLOCK_MAX_HELD];
} lwlock_backend_report_t;

/** \return LWLOCK_OK, or LWLOCK_BAD_ARGUMENT when the number is out of range. */
int lwlock_space_report(const lwlock_space_t* space, uint32_t backend,
                        lwlock_backend_report_t* out);
uint32_t lwlock_space_backends(const lwlock_space_t* space);
/** Slots with this number and above were never used. */
uint32_t lwlock_space_backends_ever_used(const lwlock_space_t* space);
/** The lock at a location of a report; null when it lies outside the segment. */
lwlock_t* lwlock_space_lock_at(const lwlock_space_t* space, int64_t location);
/** The exclusive holder's number, UINT32_MAX for nobody; for monitoring. */
uint32_t lwlock_exclusive_holder(const lwlock_t* lock);
/** The state word at this moment (docs/state-word.md), for monitoring. */
uint32_t lwlock_state_word(const lwlock_t* lock);
/** \} */

/** \name Misuse
 * What an error was about; and the handler for what has no status to return, a
 * thread that ends with locks held. */
/** \{ */
typedef struct lwlock_misuse {
    int32_t error; /**< a negative status */
    const char* operation;
    const lwlock_t* lock; /**< null when no single lock is concerned */
    uint16_t tranche;
    const char* tranche_name; /**< never null */
    uint8_t mode;             /**< a lwlock_mode_t */
    uint32_t backend;         /**< the calling backend, UINT32_MAX when not attached */
    const char* subject;      /**< without a lock: the space's or tranche's name, or "" */
    const char* reason;       /**< what the error's own words leave open, or "" */
} lwlock_misuse_t;

/** What the calling thread's last failed operation was about, in *out unless it is
 * null. Written whenever a function returns an error; success leaves it alone, and so
 * do LWLOCK_BUSY, LWLOCK_TIMED_OUT and LWLOCK_CANCELED. The strings are valid until
 * the thread's next failure. \return its status, LWLOCK_OK when nothing has failed yet. */
int lwlock_last_error(lwlock_misuse_t* out);
/** The same as one line, as lwlock_format_misuse. */
int lwlock_describe_last_error(char* buffer, size_t size);

typedef void (*lwlock_misuse_handler_t)(const lwlock_misuse_t* misuse);
/** Replaces the handler for the process, null restores the one that prints a
 * line; see misuse.hpp. \return the previous one. */
lwlock_misuse_handler_t lwlock_set_misuse_handler(lwlock_misuse_handler_t handler);
/** One line without a line end: what, where, who, and what to do.
 * \return the length that it needs, as snprintf does. */
int lwlock_format_misuse(const lwlock_misuse_t* misuse, char* buffer, size_t size);
/** \} */

/** \name Tranches
 * Names and ids are the same in every process of the space. Who defines must be
 * attached to it. Errors: LWLOCK_DUPLICATE_NAME, LWLOCK_BAD_NAME,
 * LWLOCK_NOT_ATTACHED, LWLOCK_DAMAGED_SEGMENT, LWLOCK_TOO_MANY_HELD, and
 * LWLOCK_TIMED_OUT when another definition has not ended after two seconds. */
/** \{ */
/** Names the next free id, from 256 on. \return also LWLOCK_TRANCHES_EXHAUSTED. */
int lwlock_new_tranche(const lwlock_space_t* space, const char* name, uint16_t* id);
/** Names an id of the engine's own numbering; the same name again is LWLOCK_OK. */
int lwlock_register_tranche(const lwlock_space_t* space, uint16_t id, const char* name);
/** lwlock_new_tranche, with `count` locks. \return also LWLOCK_NO_LOCK_ROOM, and
 * LWLOCK_BAD_ARGUMENT for a count of 0. */
int lwlock_request_tranche(const lwlock_space_t* space, const char* name, uint32_t count,
                           uint16_t* id);
/** lwlock_request_tranche, with padded locks. One takes the room of
 * LWLOCK_PADDED_LOCK_ROOM others, and the first one begins at a multiple of that. */
int lwlock_request_padded_tranche(const lwlock_space_t* space, const char* name, uint32_t count,
                                  uint16_t* id);
#define LWLOCK_PADDED_LOCK_ROOM 8
/** The locks of a requested tranche. \return LWLOCK_OK, LWLOCK_NO_TRANCHE (also: the
 * locks are padded), LWLOCK_BAD_NAME or LWLOCK_DAMAGED_SEGMENT. */
int lwlock_named_tranche(const lwlock_space_t* space, const char* name, lwlock_t** locks,
                         uint32_t* count);
/** The same for padded locks. */
int lwlock_named_padded_tranche(const lwlock_space_t* space, const char* name,
                                lwlock_padded_t** locks, uint32_t* count);
/** \return LWLOCK_OK, LWLOCK_NO_TRANCHE or LWLOCK_BAD_NAME. */
int lwlock_find_tranche(const lwlock_space_t* space, const char* name, uint16_t* id);
/** The longest name of a tranche, and its zero. */
#define LWLOCK_TRANCHE_NAME_SIZE 64
/** Copies the name into `buffer`; an id without one gives "tranche 123". */
void lwlock_tranche_name(const lwlock_space_t* space, uint16_t id,
                         char buffer[LWLOCK_TRANCHE_NAME_SIZE]);
/** The name of the lock's tranche in the calling backend's space, or "tranche
 * 123". Valid until the next call by the same thread. */
const char* lwlock_wait_event_name(const lwlock_t* lock);

/** Whether the locks of a tranche get read bias. */
typedef enum lwlock_bias {
    LWLOCK_BIAS_ADAPTIVE = 0, /**< while reads repay what revoking it costs; the default */
    LWLOCK_BIAS_OFF = 1,
    LWLOCK_BIAS_ALWAYS = 2
} lwlock_bias_t;
/** Who comes first where some wait for the lock exclusively and others could take it
 * shared at once. */
typedef enum lwlock_preference {
    LWLOCK_PREFER_READERS = 0, /**< whoever can take the lock, within bounds; the default */
    LWLOCK_PREFER_WRITERS = 1  /**< a waiting writer closes the lock to all who come later */
} lwlock_preference_t;
/** What the locks of a tranche do; all zero is the default. See policy.hpp. */
typedef struct lwlock_policy {
    uint32_t bias;       /**< a lwlock_bias_t */
    uint32_t preference; /**< a lwlock_preference_t */
} lwlock_policy_t;
/** At any time, from any process, for defined and undefined ids alike.
 * \return LWLOCK_OK or LWLOCK_BAD_ARGUMENT. */
int lwlock_space_set_tranche_policy(const lwlock_space_t* space, uint16_t tranche,
                                    lwlock_policy_t policy);
/** \return what was set last. */
lwlock_policy_t lwlock_space_tranche_policy(const lwlock_space_t* space, uint16_t tranche);

/** Counters of a tranche, summed over all backends since the space was created;
 * see statistics.hpp. */
typedef struct lwlock_statistics {
    uint64_t shared_blocks;     /**< shared acquisitions that slept */
    uint64_t exclusive_blocks;  /**< exclusive acquisitions that slept */
    uint64_t wakes;             /**< wake calls by releasers */
    uint64_t wait_nanoseconds;  /**< time waited after going to sleep, all kinds */
    uint64_t spin_acquisitions; /**< that spinning saved from sleeping */
    uint64_t handoffs;          /**< acquisitions by a hungry waiter */
    uint64_t timeouts;          /**< waits that ended by their deadline */
    uint64_t cancellations;     /**< waits that were cancelled */
    uint64_t revocations;       /**< times that read bias was taken away */
} lwlock_statistics_t;
void lwlock_tranche_statistics(const lwlock_space_t* space, uint16_t tranche,
                               lwlock_statistics_t* out);
/** \} */

/** \name Asynchronous acquisition
 * For a thread that waits for many locks at once, and goes on with other things
 * meanwhile; see async.hpp. The thread is the backend that gets the locks. Requests for
 * the same lock are granted in their order, and are one waiter to others. As long as
 * requests are pending the thread does not wait otherwise for what holders of these
 * locks wait for, polls soon, and does not detach. After fork, the child may not use
 * its copy of a queue. */
/** \{ */
/** A queue of requests, of the thread that creates it: the caller's memory, opaque, all
 * zero before lwlock_async_create. */
typedef struct lwlock_async_queue {
    void* opaque;
} lwlock_async_queue_t;

/** What waits for the thread. */
typedef enum lwlock_async_means {
    LWLOCK_ASYNC_AUTOMATIC = 0, /**< io_uring where it can, else threads */
    LWLOCK_ASYNC_IO_URING = 1,  /**< the system's futexes only, Linux 6.7 and later */
    LWLOCK_ASYNC_THREADS = 2    /**< up to 64 threads, then looking every millisecond */
} lwlock_async_means_t;

typedef struct lwlock_async_options {
    uint32_t locks; /**< different locks waited for at a time, 1 to 30000; 40 KiB of memory
                     * each, where used */
    uint32_t means; /**< a lwlock_async_means_t */
} lwlock_async_options_t;

/** A wish for a lock: the caller's memory, all zero but for what the caller sets. It stays,
 * unchanged, until the wish has ended; then it can be used again. */
typedef struct lwlock_async_request lwlock_async_request_t;
struct lwlock_async_request {
    lwlock_t* lock;
    uint32_t mode; /**< a lwlock_mode_t */
    /** Called by lwlock_async_poll with LWLOCK_OK or LWLOCK_WAITED when the calling backend
     * holds the lock, or with an error of lwlock_acquire. It may release, make and cancel
     * requests, and end the life of this one; it may not jump out. */
    void (*done)(lwlock_async_request_t* request, int status);
    void* context;      /**< the caller's own */
    uint64_t opaque[7]; /**< the queue's own */
};

/** `options`: null for 1024 locks and LWLOCK_ASYNC_AUTOMATIC.
 * \return LWLOCK_OK, LWLOCK_BAD_ARGUMENT, LWLOCK_ALREADY_ATTACHED when it is created
 * already, or LWLOCK_SYSTEM_ERROR (ENOSYS: the kernel cannot do what was asked for). */
int lwlock_async_create(const lwlock_async_options_t* options, lwlock_async_queue_t* queue);
/** Cancels what is pending. \return LWLOCK_OK, also when it is not created, or the queue
 * stays: LWLOCK_BAD_ARGUMENT from a callback, or from another thread while anything is
 * pending; LWLOCK_TOO_MANY_HELD when the backend holds 200 locks, and an acquisition that
 * sleeps could not be ended. In a forked child, only forgets the queue. */
int lwlock_async_destroy(lwlock_async_queue_t* queue);
/** Asks for a lock. \return LWLOCK_OK or LWLOCK_WAITED: it is held, and `done` is not
 * called. LWLOCK_BUSY: the request is pending, `done` will be called. Else nothing has
 * changed: LWLOCK_TOO_MANY_PENDING; LWLOCK_BAD_ARGUMENT when the request is incomplete or
 * pending already, the queue not created or another thread's, or io_uring insisted on in a
 * space with emulated futexes; or an error of lwlock_acquire but LWLOCK_SELF_DEADLOCK:
 * another request of the thread may hold the lock. */
int lwlock_async_acquire(lwlock_async_queue_t* queue, lwlock_async_request_t* request);
/** Ends a request without its `done`. The lock's memory is not touched for it any more,
 * unless the backend holds 200 locks: then only once it holds fewer.
 * \return 1, or 0 when it was not pending here, be it that it has ended already. */
int lwlock_async_cancel(lwlock_async_queue_t* queue, lwlock_async_request_t* request);
/** Waits until a request ends or the deadline, in CLOCK_MONOTONIC nanoseconds (INT64_MAX is
 * none), and calls the `done` of all that have ended. Returns at once when all that is
 * pending waits for locks that the thread itself holds, and in a callback.
 * \return how many ended, or LWLOCK_BAD_ARGUMENT when the queue is not created or another
 * thread's. */
int lwlock_async_poll(lwlock_async_queue_t* queue, int64_t deadline);
/** How many requests are pending. */
size_t lwlock_async_pending(const lwlock_async_queue_t* queue);
/** \return LWLOCK_ASYNC_IO_URING or LWLOCK_ASYNC_THREADS, LWLOCK_ASYNC_AUTOMATIC when the
 * queue is not created. */
int lwlock_async_means(const lwlock_async_queue_t* queue);
/** Readable when lwlock_async_poll has something to do, for poll, epoll and the like. Not
 * for releases by the thread itself: poll after these. \return -1 when not created. */
int lwlock_async_descriptor(const lwlock_async_queue_t* queue);
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
    const lwlock_t* lock;
    uint32_t kind;    /**< a lwlock_wait_kind_t */
    uint32_t backend; /**< the calling backend's number */
    uint64_t since;   /**< CLOCK_MONOTONIC nanoseconds at the start of the wait */
} lwlock_wait_event_t;

typedef struct lwlock_wait_observer {
    void (*wait_start)(const lwlock_wait_event_t* event, void* context);
    void (*wait_done)(const lwlock_wait_event_t* event, void* context);
    void* context;
    void* link[2]; /**< the registry's own; zero before the first use */
} lwlock_wait_observer_t;

/** \return 1, or 0 when it is registered already. */
int lwlock_add_wait_observer(lwlock_wait_observer_t* observer);
/** \return 1, or 0 when it is not registered. */
int lwlock_remove_wait_observer(lwlock_wait_observer_t* observer);
/** \} */

#ifdef __cplusplus
}
#endif
#endif
