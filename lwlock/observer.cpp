#include "lwlock/observer.hpp"

#include <pthread.h>
#include <urcu-bp.h>

#include "atomics/thread_sanitizer.hpp"
#include "atomics/word.hpp"

namespace lwlock {
namespace {

// The list that waiting threads walk. Writers are serialised by the mutex;
// readers are in an RCU read-side section.
constinit WaitObserver* first = nullptr;
constinit pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;
constinit pthread_once_t fork_hooks = PTHREAD_ONCE_INIT;

// A fork in the middle of a change must not leave the child with a locked mutex.
void before_fork() {
    pthread_mutex_lock(&writers);
    urcu_bp_before_fork();
}
void after_fork_in_parent() {
    urcu_bp_after_fork_parent();
    pthread_mutex_unlock(&writers);
}
void after_fork_in_child() {
    urcu_bp_after_fork_child();
    pthread_mutex_unlock(&writers);
}

void install_fork_hooks() {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

// What rcu_assign_pointer() and rcu_dereference() do, in operations that
// ThreadSanitizer knows.
void publish(WaitObserver*& link, WaitObserver* observer) {
    __atomic_store_n(&link, observer, __ATOMIC_RELEASE);
}
WaitObserver* subscribe(WaitObserver* const& link) {
    return __atomic_load_n(&link, __ATOMIC_ACQUIRE);
}

// For ThreadSanitizer, which does not see that a grace period orders the readers'
// last access before what follows it.
[[maybe_unused]] constinit atomics::Atomic32 readers_done;

template <typename Call>
void for_each_observer(Call call) {
    if (subscribe(first) == nullptr) return;
    urcu_bp_read_lock();
    for (const WaitObserver* at = subscribe(first); at != nullptr; at = subscribe(at->link.next)) {
        call(*at);
    }
    if constexpr (atomics::kThreadSanitizer) readers_done.fetch_add_release(1);
    urcu_bp_read_unlock();
}

}  // namespace

bool add_wait_observer(WaitObserver& observer) {
    pthread_once(&fork_hooks, install_fork_hooks);
    pthread_mutex_lock(&writers);
    const bool added = !observer.link.registered;
    if (added) {
        observer.link.registered = true;
        observer.link.next = first;
        publish(first, &observer);
    }
    pthread_mutex_unlock(&writers);
    return added;
}

bool remove_wait_observer(WaitObserver& observer) {
    pthread_mutex_lock(&writers);
    WaitObserver** at = &first;
    while (*at != nullptr && *at != &observer) at = &(*at)->link.next;
    const bool found = *at != nullptr;
    if (found) publish(*at, observer.link.next);
    pthread_mutex_unlock(&writers);
    if (!found) return false;

    urcu_bp_synchronize_rcu();
    if constexpr (atomics::kThreadSanitizer) readers_done.load_acquire();
    observer.link.next = nullptr;
    observer.link.registered = false;
    return true;
}

namespace detail {

void notify_wait_start(const WaitEvent& event) {
    for_each_observer([&](const WaitObserver& observer) {
        if (observer.wait_start != nullptr) observer.wait_start(event, observer.context);
    });
}

void notify_wait_done(const WaitEvent& event) {
    for_each_observer([&](const WaitObserver& observer) {
        if (observer.wait_done != nullptr) observer.wait_done(event, observer.context);
    });
}

}  // namespace detail
}  // namespace lwlock
