/// \file
/// Observers of waits: callbacks of this process at the start and the end of
/// every sleep, as an engine needs them to report wait events.
///
/// Registration and removal run beside waits without a lock; readers are
/// protected by userspace RCU (liburcu, flavour urcu-bp). PostgreSQL reports its
/// wait events at the same two places, by calls that are built in.
#pragma once

#include <cstdint>

#include "lwlock/slot.hpp"

namespace lwlock {

class Lock;

/// What a callback is told. The lock is being waited for by the calling thread.
struct WaitEvent {
    const Lock* lock;
    WaitKind kind;
    std::uint32_t backend;
    std::uint64_t since;  ///< CLOCK_MONOTONIC nanoseconds at the start of the wait
};

/// An observer is the caller's memory: a static object usually. Its callbacks
/// run in the waiting thread; they may not wait, nor take locks of this
/// library, nor add or remove observers, nor leave by exception or longjmp.
/// wait_done runs when the wait is over, usually with the lock held already, so
/// be brief. Either may be null. One thread at a time adds or removes the same
/// observer.
struct WaitObserver {
    void (*wait_start)(const WaitEvent& event, void* context) = nullptr;
    void (*wait_done)(const WaitEvent& event, void* context) = nullptr;
    void* context = nullptr;
    /// The registry's own; leave alone.
    struct {
        WaitObserver* next = nullptr;
        bool registered = false;
    } link = {};
};

/// From now on, waits of this process call the observer. False when it is
/// registered already.
bool add_wait_observer(WaitObserver& observer);

/// Afterwards no thread calls the observer or reads its memory: waits for a
/// grace period. A wait that began before ends without its wait_done. False
/// when it is not registered.
bool remove_wait_observer(WaitObserver& observer);

namespace detail {
void notify_wait_start(const WaitEvent& event);
void notify_wait_done(const WaitEvent& event);
}  // namespace detail

}  // namespace lwlock
