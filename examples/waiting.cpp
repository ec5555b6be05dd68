// The ways to acquire and to wait, each in a function of its own.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <lwlock/lwlock.hpp>
#include <thread>

namespace {

using lwlock::Lock;
using lwlock::Mode;
using lwlock::Status;
using namespace std::chrono_literals;

void check(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "waiting: %s\n", what);
    std::exit(1);
}

lwlock::LockSpace space;

// The backend that waits for a shared lock, as soon as there is one.
lwlock::BackendNumber shared_waiter() {
    for (lwlock::BackendNumber number = 0;; number = (number + 1) % space.backends_ever_used()) {
        lwlock::BackendReport report;
        check(space.report(number, report), "no such backend");
        if (report.waiting == lwlock::WaitKind::shared) return number;
    }
}

// [conditional]
// A page is flushed by whoever can; nobody queues up for it.
bool flush_if_idle(Lock& page) {
    if (!page.try_acquire(Mode::exclusive)) return false;
    // ... write the page ...
    page.release();
    return true;
}
// [/conditional]

// [timed]
Status checkpoint(Lock& control) {
    const Status status = control.acquire_for(Mode::exclusive, 200ms);
    if (!succeeded(status)) return status;  // timed_out, or an error
    // ... write the checkpoint ...
    control.release();
    return Status::ok;
}
// [/timed]

// [cancel]
// `backend` is the number of a backend that is in, or about to enter,
// acquire_cancellable(), where it gets Status::canceled.
void cancel_query(lwlock::BackendNumber backend) { space.cancel_wait(backend); }
// [/cancel]

// [or_wait]
// Group commit: one backend flushes for all that came while it did so.
void flush_log(Lock& write_lock, std::uint64_t& flushed, std::uint64_t& written,
               std::uint64_t upto) {
    for (;;) {
        if (__atomic_load_n(&flushed, __ATOMIC_ACQUIRE) >= upto) return;  // somebody did it
        if (!write_lock.acquire_or_wait(Mode::exclusive)) continue;       // somebody may have
        __atomic_store_n(&flushed, written, __ATOMIC_RELEASE);
        write_lock.release();
    }
}
// [/or_wait]

// [variable]
struct Insertion {
    Lock lock;
    lwlock::Variable position;  // how far the holder has come
};

void insert(Insertion& insertion) {
    insertion.lock.acquire(Mode::exclusive);
    insertion.lock.update_var(insertion.position, 100);  // no system call when nobody waits
    // ... copy more ...
    insertion.lock.release_clear_var(insertion.position, 0);
}

// Waits until the holder has come past `seen`, or has finished.
std::uint64_t await_progress(Insertion& insertion, std::uint64_t seen) {
    std::uint64_t now = 0;
    if (insertion.lock.wait_for_var(insertion.position, seen, now)) return UINT64_MAX;  // done
    return now;
}
// [/variable]

// [disown]
// A read that is started here and finished in another thread or process.
void start_read(Lock& buffer) {
    buffer.acquire(Mode::exclusive);
    buffer.disown();  // stays locked; this backend no longer holds it
}
void finish_read(Lock& buffer) { buffer.release_disowned(Mode::exclusive); }
// [/disown]

void cancelled_wait() {
    Lock lock;
    lock.acquire(Mode::exclusive);
    std::thread waiter([&] {
        check(lock.acquire_cancellable(Mode::shared) == Status::canceled, "not cancelled");
    });
    cancel_query(shared_waiter());
    waiter.join();
    lock.release();
}

void variable_wait() {
    Insertion insertion;
    insertion.lock.acquire(Mode::exclusive);
    std::uint64_t seen = 0;
    std::thread watcher([&] { seen = await_progress(insertion, 0); });
    insertion.lock.update_var(insertion.position, 7);
    watcher.join();
    check(seen == 7, "the new value was not seen");
    insertion.lock.release_clear_var(insertion.position, 0);
    check(await_progress(insertion, 0) == UINT64_MAX, "the lock is free");
    insert(insertion);
}

}  // namespace

int main() {
    check(lwlock::LockSpace::process_private(space) == Status::ok, "no space");
    Lock lock;
    check(flush_if_idle(lock), "the page was idle");
    check(checkpoint(lock) == Status::ok, "the lock was free");

    std::uint64_t flushed = 0;
    std::uint64_t written = 10;
    std::thread other([&] { flush_log(lock, flushed, written, 10); });
    flush_log(lock, flushed, written, 10);
    other.join();

    start_read(lock);
    check(!flush_if_idle(lock), "a disowned lock stays locked");
    std::thread(finish_read, std::ref(lock)).join();

    cancelled_wait();
    variable_wait();
    return 0;
}
