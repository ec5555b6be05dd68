/*
 * Counting and tracing for servers built with LWLOCK_STATS or LOCK_DEBUG, and
 * nothing for others; part of lwlock.c, which includes it.
 */
#pragma once

#ifdef LWLOCK_STATS
#include "utils/hsearch.h"

typedef struct LockStats {
    struct {
        const LWLock* lock;
        Size tranche;
    } key;
    uint64 acquired[2]; /* by LWLockMode */
    uint64 blocked;
} LockStats;

static HTAB* stats_table = NULL;

/* What happens before the table exists is counted together, and not printed. */
static LockStats* stats_of(const LWLock* lock) {
    static LockStats early;
    LockStats key, *stats;
    bool found;

    if (stats_table == NULL) return &early;
    MemSet(&key, 0, sizeof(key));
    key.key.lock = lock;
    key.key.tranche = lock->tranche;
    stats = hash_search(stats_table, &key.key, HASH_ENTER, &found);
    if (!found) MemSet((char*)stats + sizeof(key.key), 0, sizeof(key) - sizeof(key.key));
    return stats;
}

static void print_stats(int code, Datum arg) {
    HASH_SEQ_STATUS scan;
    LockStats* stats;

    /* So that the lines of different processes do not mix. */
    LWLockAcquire(&MainLWLockArray[0].lock, LW_EXCLUSIVE);
    hash_seq_init(&scan, stats_table);
    while ((stats = hash_seq_search(&scan)) != NULL)
        fprintf(stderr,
                "process %d, lock %p of %s: " UINT64_FORMAT " shared, " UINT64_FORMAT
                " exclusive, " UINT64_FORMAT " waited\n",
                MyProcPid, stats->key.lock, tranche_name((uint16)stats->key.tranche),
                stats->acquired[LW_SHARED], stats->acquired[LW_EXCLUSIVE], stats->blocked);
    LWLockRelease(&MainLWLockArray[0].lock);
}

static void create_stats(void) {
    static MemoryContext context = NULL;
    HASHCTL control;

    if (context != NULL)
        MemoryContextDelete(context);
    else
        on_shmem_exit(print_stats, 0);
    context = AllocSetContextCreate(TopMemoryContext, "LWLock stats", ALLOCSET_DEFAULT_SIZES);
    /* Locks are taken in critical sections, too; this is for debugging only. */
    MemoryContextAllowInCriticalSection(context, true);
    control.keysize = sizeof(((LockStats*)NULL)->key);
    control.entrysize = sizeof(LockStats);
    control.hcxt = context;
    stats_table =
        hash_create("lwlock stats", 16384, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void count_blocked(const LWLock* lock) { stats_of(lock)->blocked++; }
#else
#define create_stats() ((void)0)
#define count_blocked(lock) ((void)0)
#endif

#ifdef LOCK_DEBUG
bool Trace_lwlocks = false;

static void trace_lock(const char* function, const LWLock* lock, const char* what) {
    if (Trace_lwlocks) {
        const lwlock_t* words = (const lwlock_t*)lock;

        ereport(LOG, (errhidestmt(true), errhidecontext(true),
                      errmsg_internal("%d: %s(%s %p): %s, state %08x waiters %u", MyProcPid, function,
                                      tranche_name(lock->tranche), lock, what, words->state,
                                      words->waiters)));
    }
}
#define debug_lock(lock, what) trace_lock(PG_FUNCNAME_MACRO, lock, what)
#else
#define debug_lock(lock, what) ((void)0)
#endif

#if defined(LWLOCK_STATS) || defined(LOCK_DEBUG)
static void note_acquired(LWLock* lock, LWLockMode mode) {
#ifdef LWLOCK_STATS
    stats_of(lock)->acquired[mode]++;
#endif
#ifdef LOCK_DEBUG
    if (mode == LW_EXCLUSIVE) lock->owner = MyProc;
#endif
    debug_lock(lock, "acquired");
}
#else
#define note_acquired(lock, mode) ((void)0)
#endif
