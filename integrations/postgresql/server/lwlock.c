/*
 * PostgreSQL's storage/lwlock.h over the lwlock library.
 *
 * Compiled in the server in place of src/backend/storage/lmgr/lwlock.c. The
 * library's lock lies in the 16 bytes of an LWLock; its lock space lies in the
 * server's shared memory, with a backend slot for each process that can live at
 * a time. Which locks a process holds is known by its slot alone.
 *
 * The postmaster (or a single process) joins the space when it creates it, every
 * child once it has its PGPROC, or at its first lock if that comes sooner. A
 * child leaves when the rest of its shared-memory state is gone, since cleaning
 * that up takes locks. Processes that die without leaving make the postmaster
 * create its shared memory anew, and the space with it.
 */
#include "postgres.h"

#include "lwlock/lwlock.h"
#include "miscadmin.h"
#include "pg_trace.h"
#include "pgstat.h"
#include "port/pg_bitutils.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#ifdef EXEC_BACKEND
#error "the lock space is inherited by fork(); EXEC_BACKEND is not supported"
#endif

StaticAssertDecl(sizeof(lwlock_t) <= sizeof(LWLock), "the lock does not fit into an LWLock");
StaticAssertDecl(offsetof(lwlock_t, tranche) == offsetof(LWLock, tranche) &&
                     offsetof(lwlock_t, state) == offsetof(LWLock, state),
                 "LWLock has another layout than the library's lock");
StaticAssertDecl((int)LW_EXCLUSIVE == (int)LWLOCK_EXCLUSIVE && (int)LW_SHARED == (int)LWLOCK_SHARED,
                 "the modes are numbered differently");
StaticAssertDecl(sizeof(lwlock_var_t) == sizeof(uint64), "a variable is more than its value");

#define MAX_HELD 200         /* locks that the library lets one backend hold */
#define SPACE_ALIGNMENT 4096 /* that it asks for a lock space */

/* ---- Tranches ------------------------------------------------------------ */

#include "lwlock_names.h"

/* Names that this process registered, by id less LWTRANCHE_FIRST_USER_DEFINED. */
static const char** registered_names = NULL;
static int registered_room = 0;

/* What preloaded libraries asked for, in the order of asking. */
typedef struct TrancheRequest {
    char name[NAMEDATALEN];
    int locks;
} TrancheRequest;

static TrancheRequest* requests = NULL;
static int requests_room = 0;

int NamedLWLockTrancheRequests = 0;

/* In shared memory. */
NamedLWLockTranche* NamedLWLockTrancheArray = NULL;
LWLockPadded* MainLWLockArray = NULL;
static pg_atomic_uint32* next_tranche_id = NULL;

static lwlock_space_t space;

static const char* tranche_name(uint16 id) {
    if (id < NUM_INDIVIDUAL_LWLOCKS) return IndividualLWLockNames[id];
    if (id < LWTRANCHE_FIRST_USER_DEFINED) return builtin_names[id - NUM_INDIVIDUAL_LWLOCKS];
    id -= LWTRANCHE_FIRST_USER_DEFINED;
    if (id < registered_room && registered_names[id] != NULL) return registered_names[id];
    return "extension";
}

const char* GetLWLockIdentifier(uint32 classId, uint16 eventId) {
    Assert(classId == PG_WAIT_LWLOCK);
    return tranche_name(eventId);
}

void RequestNamedLWLockTranche(const char* tranche_name, int num_lwlocks) {
    TrancheRequest* request;

    if (!process_shmem_requests_in_progress)
        elog(FATAL, "cannot request additional LWLocks outside shmem_request_hook");
    Assert(strlen(tranche_name) < NAMEDATALEN);

    if (NamedLWLockTrancheRequests == requests_room) {
        requests_room = Max(16, requests_room * 2);
        if (requests == NULL)
            requests = MemoryContextAlloc(TopMemoryContext, requests_room * sizeof(TrancheRequest));
        else
            requests = repalloc(requests, requests_room * sizeof(TrancheRequest));
    }
    request = &requests[NamedLWLockTrancheRequests++];
    strlcpy(request->name, tranche_name, NAMEDATALEN);
    request->locks = num_lwlocks;
}

LWLockPadded* GetNamedLWLockTranche(const char* tranche_name) {
    LWLockPadded* locks = MainLWLockArray + NUM_FIXED_LWLOCKS;

    for (int i = 0; i < NamedLWLockTrancheRequests; i++) {
        if (strcmp(requests[i].name, tranche_name) == 0) return locks;
        locks += requests[i].locks;
    }
    elog(ERROR, "requested tranche is not registered");
    return NULL;
}

int LWLockNewTrancheId(void) { return (int)pg_atomic_fetch_add_u32(next_tranche_id, 1); }

/* The name's memory has to last as long as the process, as PostgreSQL asks. */
void LWLockRegisterTranche(int tranche_id, const char* tranche_name) {
    int index = tranche_id - LWTRANCHE_FIRST_USER_DEFINED;

    if (index < 0) return;
    if (index >= registered_room) {
        int room = pg_nextpower2_32(Max(8, index + 1));
        const char** names = MemoryContextAllocZero(TopMemoryContext, room * sizeof(char*));

        if (registered_names != NULL) {
            memcpy(names, registered_names, registered_room * sizeof(char*));
            pfree(registered_names);
        }
        registered_names = names;
        registered_room = room;
    }
    registered_names[index] = tranche_name;
}

#include "lwlock_debug.h"

/*
 * A tracer reads the name from this process's memory, but cannot fetch its page:
 * so it is read here first.
 */
static const char* traced_name(uint16 tranche) {
    const char* name = tranche_name(tranche);

    (void)*(const volatile char*)name;
    return name;
}

/* A probe's arguments are worked out only while somebody traces it. */
#define PROBE(probe, tranche, mode)                                      \
    do {                                                                 \
        if (unlikely(TRACE_POSTGRESQL_LWLOCK_##probe##_ENABLED()))       \
            TRACE_POSTGRESQL_LWLOCK_##probe(traced_name(tranche), mode); \
    } while (0)

/* ---- Joining and leaving the lock space ----------------------------------- */

/* How the wait that is going on was asked for, for the probes. */
static LWLockMode or_wait_mode = LW_EXCLUSIVE;

static LWLockMode mode_of(const lwlock_wait_event_t* event) {
    switch (event->kind) {
        case LWLOCK_WAIT_SHARED: return LW_SHARED;
        case LWLOCK_WAIT_UNTIL_FREE: return or_wait_mode;
        default: return LW_EXCLUSIVE;
    }
}

static void wait_starts(const lwlock_wait_event_t* event, void* context) {
    const uint16 tranche = event->lock->tranche;

    count_blocked((const LWLock*)event->lock);
    pgstat_report_wait_start(PG_WAIT_LWLOCK | tranche);
    PROBE(WAIT_START, tranche, mode_of(event));
}

static void wait_ends(const lwlock_wait_event_t* event, void* context) {
    PROBE(WAIT_DONE, event->lock->tranche, mode_of(event));
    pgstat_report_wait_end();
}

static lwlock_wait_observer_t wait_observer = {.wait_start = wait_starts, .wait_done = wait_ends};

static void leave_space(int code, Datum arg) {
    lwlock_release_all();
    lwlock_detach();
}

static void join_space(void) {
    const int status = lwlock_attach(&space);

    if (status == LWLOCK_ALREADY_ATTACHED) return;
    if (status != LWLOCK_OK)
        elog(FATAL, "cannot take part in the lock space: %s", lwlock_describe(status));
    /*
     * A child's PGPROC is given back by one of the last on_shmem_exit callbacks,
     * which may take locks. The postmaster's callback, on the other hand, has to
     * come before its shared memory goes away.
     */
    if (IsUnderPostmaster)
        on_proc_exit(leave_space, 0);
    else
        on_shmem_exit(leave_space, 0);
}

void InitLWLockAccess(void) {
    join_space();
    create_stats();
}

/* ---- Shared memory --------------------------------------------------------- */

/*
 * A process that exits gives its PGPROC back before its backend slot, so that
 * for a moment there can be more slots in use than PGPROCs. The postmaster does
 * not let more than about twice MaxBackends children live.
 */
static lwlock_space_options_t space_options(void) {
    return (lwlock_space_options_t){
        .backends = 2 * (MaxBackends + NUM_AUXILIARY_PROCS) + 1, /* the postmaster's own */
    };
}

static int main_array_length(void) {
    int length = NUM_FIXED_LWLOCKS;

    for (int i = 0; i < NamedLWLockTrancheRequests; i++) length += requests[i].locks;
    return length;
}

/* Bytes of the tranche array and, behind it, the names. */
static Size named_tranches_size(void) {
    Size size = mul_size(NamedLWLockTrancheRequests, sizeof(NamedLWLockTranche));

    for (int i = 0; i < NamedLWLockTrancheRequests; i++)
        size = add_size(size, strlen(requests[i].name) + 1);
    return size;
}

Size LWLockShmemSize(void) {
    const lwlock_space_options_t options = space_options();
    Size size = mul_size(main_array_length(), sizeof(LWLockPadded));

    size = add_size(size, PG_CACHE_LINE_SIZE); /* next_tranche_id */
    size = add_size(size, LWLOCK_PADDED_SIZE); /* alignment of the array */
    size = add_size(size, CACHELINEALIGN(named_tranches_size()));
    size = add_size(size, lwlock_space_required_size(&options));
    return add_size(size, SPACE_ALIGNMENT + PG_CACHE_LINE_SIZE);
}

static void initialize_range(int first, int count, int tranche) {
    for (int i = first; i < first + count; i++) LWLockInitialize(&MainLWLockArray[i].lock, tranche);
}

static void create_named_tranches(void) {
    char* name;
    int first = NUM_FIXED_LWLOCKS;

    if (NamedLWLockTrancheRequests == 0) return;
    NamedLWLockTrancheArray = ShmemAlloc(named_tranches_size());
    name = (char*)&NamedLWLockTrancheArray[NamedLWLockTrancheRequests];
    for (int i = 0; i < NamedLWLockTrancheRequests; i++) {
        NamedLWLockTranche* tranche = &NamedLWLockTrancheArray[i];

        tranche->trancheId = LWLockNewTrancheId();
        tranche->trancheName = strcpy(name, requests[i].name);
        name += strlen(name) + 1;
        initialize_range(first, requests[i].locks, tranche->trancheId);
        first += requests[i].locks;
    }
}

/* New shared memory is zeroed, which the lock space relies on. */
static void create_space(void) {
    const lwlock_space_options_t options = space_options();
    const uint64 size = lwlock_space_required_size(&options);
    void* memory = (void*)TYPEALIGN(SPACE_ALIGNMENT, ShmemAlloc(size + SPACE_ALIGNMENT));
    const int status = lwlock_space_create_in(memory, size, true, &options, &space);

    if (status != LWLOCK_OK)
        elog(FATAL, "cannot create the lock space: %s", lwlock_describe(status));
    lwlock_add_wait_observer(&wait_observer);
    join_space();
}

void CreateLWLocks(void) {
    if (!IsUnderPostmaster) {
        void* memory =
            ShmemAlloc(mul_size(main_array_length(), sizeof(LWLockPadded)) + LWLOCK_PADDED_SIZE);

        MainLWLockArray = (LWLockPadded*)TYPEALIGN(LWLOCK_PADDED_SIZE, memory);
        next_tranche_id = ShmemAlloc(sizeof(*next_tranche_id));
        pg_atomic_init_u32(next_tranche_id, LWTRANCHE_FIRST_USER_DEFINED);

        for (int id = 0; id < NUM_INDIVIDUAL_LWLOCKS; id++) initialize_range(id, 1, id);
        initialize_range(BUFFER_MAPPING_LWLOCK_OFFSET, NUM_BUFFER_PARTITIONS,
                         LWTRANCHE_BUFFER_MAPPING);
        initialize_range(LOCK_MANAGER_LWLOCK_OFFSET, NUM_LOCK_PARTITIONS, LWTRANCHE_LOCK_MANAGER);
        initialize_range(PREDICATELOCK_MANAGER_LWLOCK_OFFSET, NUM_PREDICATELOCK_PARTITIONS,
                         LWTRANCHE_PREDICATE_LOCK_MANAGER);
        create_named_tranches();
        create_space();
    }

    for (int i = 0; i < NamedLWLockTrancheRequests; i++)
        LWLockRegisterTranche(NamedLWLockTrancheArray[i].trancheId,
                              NamedLWLockTrancheArray[i].trancheName);
}

/* ---- The lock -------------------------------------------------------------- */

static inline lwlock_t* words_of(LWLock* lock) { return (lwlock_t*)lock; }

static inline lwlock_var_t* variable_at(uint64* value) {
    Assert(((uintptr_t)value) % 8 == 0);
    return (lwlock_var_t*)value;
}

void LWLockInitialize(LWLock* lock, int tranche_id) {
    lwlock_init(words_of(lock), (uint16)tranche_id);
#ifdef LOCK_DEBUG
    pg_atomic_init_u32(&lock->nwaiters, 0);
    lock->owner = NULL;
#endif
}

static void pg_attribute_noreturn() refuse(const LWLock* lock, int status) {
    if (status == LWLOCK_TOO_MANY_HELD) elog(ERROR, "too many LWLocks taken");
    if (status == LWLOCK_NOT_HELD) elog(ERROR, "lock %s is not held", tranche_name(lock->tranche));
    elog(ERROR, "lock %s: %s", tranche_name(lock->tranche), lwlock_describe(status));
}

/*
 * For acquisitions that failed. A process may take its first lock before it has
 * a PGPROC: it joins the space, and the caller tries again. Everything else is
 * an error; the interrupts that the caller held off are its callers' again.
 */
static void join_or_refuse(const LWLock* lock, int status) {
    if (status == LWLOCK_NOT_ATTACHED) {
        join_space();
        return;
    }
    RESUME_INTERRUPTS();
    refuse(lock, status);
}

/*
 * Interrupts are held off from before an acquisition until after the release,
 * so that nothing that the lock protects is left half done.
 */

bool LWLockAcquire(LWLock* lock, LWLockMode mode) {
    int status;

    Assert(mode == LW_SHARED || mode == LW_EXCLUSIVE);
    debug_lock(lock, "wanted");
    HOLD_INTERRUPTS();
    while (unlikely((status = lwlock_acquire(words_of(lock), (lwlock_mode_t)mode)) < 0))
        join_or_refuse(lock, status);

    note_acquired(lock, mode);
    PROBE(ACQUIRE, lock->tranche, mode);
    return status == LWLOCK_OK;
}

bool LWLockConditionalAcquire(LWLock* lock, LWLockMode mode) {
    int status;

    Assert(mode == LW_SHARED || mode == LW_EXCLUSIVE);
    HOLD_INTERRUPTS();
    while (unlikely((status = lwlock_try_acquire(words_of(lock), (lwlock_mode_t)mode)) < 0 &&
                    status != LWLOCK_BUSY))
        join_or_refuse(lock, status);

    if (status == LWLOCK_BUSY) {
        RESUME_INTERRUPTS();
        debug_lock(lock, "not available");
        PROBE(CONDACQUIRE_FAIL, lock->tranche, mode);
        return false;
    }
    note_acquired(lock, mode);
    PROBE(CONDACQUIRE, lock->tranche, mode);
    return true;
}

bool LWLockAcquireOrWait(LWLock* lock, LWLockMode mode) {
    int status;

    Assert(mode == LW_SHARED || mode == LW_EXCLUSIVE);
    debug_lock(lock, "wanted");
    HOLD_INTERRUPTS();
    or_wait_mode = mode;
    while (unlikely((status = lwlock_acquire_or_wait(words_of(lock), (lwlock_mode_t)mode)) < 0))
        join_or_refuse(lock, status);

    if (status == LWLOCK_WAITED) {
        RESUME_INTERRUPTS();
        debug_lock(lock, "waited for");
        PROBE(ACQUIRE_OR_WAIT_FAIL, lock->tranche, mode);
        return false;
    }
    note_acquired(lock, mode);
    PROBE(ACQUIRE_OR_WAIT, lock->tranche, mode);
    return true;
}

bool LWLockWaitForVar(LWLock* lock, uint64* valptr, uint64 oldval, uint64* newval) {
    uint64 value;
    int status;

    debug_lock(lock, "watched");
    HOLD_INTERRUPTS();
    while (unlikely(
        (status = lwlock_wait_for_var(words_of(lock), variable_at(valptr), oldval, &value)) < 0))
        join_or_refuse(lock, status);
    RESUME_INTERRUPTS();
    if (status == LWLOCK_OK) return true;
    *newval = value;
    return false;
}

void LWLockUpdateVar(LWLock* lock, uint64* valptr, uint64 value) {
    const int status = lwlock_update_var(words_of(lock), variable_at(valptr), value);

    if (unlikely(status < 0)) refuse(lock, status);
}

/* Once released, the lock's memory may be gone: its name is looked up before. */
#define RELEASE(lock, call)                                                        \
    do {                                                                           \
        const bool traced = TRACE_POSTGRESQL_LWLOCK_RELEASE_ENABLED();             \
        const char* name = unlikely(traced) ? traced_name((lock)->tranche) : NULL; \
        int status;                                                                \
        debug_lock(lock, "released");                                              \
        status = (call);                                                           \
        if (unlikely(status < 0)) refuse(lock, status);                            \
        if (unlikely(traced)) TRACE_POSTGRESQL_LWLOCK_RELEASE(name);               \
        RESUME_INTERRUPTS();                                                       \
    } while (0)

void LWLockRelease(LWLock* lock) { RELEASE(lock, lwlock_release(words_of(lock))); }

void LWLockReleaseClearVar(LWLock* lock, uint64* valptr, uint64 val) {
    RELEASE(lock, lwlock_release_clear_var(words_of(lock), variable_at(valptr), val));
}

/* ---- What this process holds ------------------------------------------------ */

typedef struct HeldLocks {
    int count;
    LWLock* locks[MAX_HELD];
} HeldLocks;

static void remember(lwlock_t* lock, lwlock_mode_t mode, void* context) {
    HeldLocks* held = context;

    held->locks[held->count++] = (LWLock*)lock;
}

/*
 * Error recovery has reset the count of held-off interrupts already; it is to
 * stay as it is.
 */
void LWLockReleaseAll(void) {
    HeldLocks held = {.count = 0};

    if (lwlock_held_count() == 0) return;
    lwlock_for_each_held_by_me(remember, &held);
    while (held.count > 0) {
        HOLD_INTERRUPTS();
        LWLockRelease(held.locks[--held.count]);
    }
}

typedef struct Visit {
    void (*callback)(LWLock*, LWLockMode, void*);
    void* context;
} Visit;

static void visit_one(lwlock_t* lock, lwlock_mode_t mode, void* context) {
    const Visit* visit = context;

    visit->callback((LWLock*)lock, (LWLockMode)mode, visit->context);
}

void ForEachLWLockHeldByMe(void (*callback)(LWLock*, LWLockMode, void*), void* context) {
    Visit visit = {callback, context};

    lwlock_for_each_held_by_me(visit_one, &visit);
}

bool LWLockHeldByMe(LWLock* lock) { return lwlock_held_by_me(words_of(lock)) != 0; }

bool LWLockHeldByMeInMode(LWLock* lock, LWLockMode mode) {
    return lwlock_held_by_me_in_mode(words_of(lock), (lwlock_mode_t)mode) != 0;
}

bool LWLockAnyHeldByMe(LWLock* lock, int nlocks, size_t stride) {
    return lwlock_any_held_by_me(words_of(lock), (size_t)nlocks, stride) != 0;
}
