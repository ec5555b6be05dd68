#include "tests/stress/wait_log.hpp"

#include <sched.h>

#include "tests/stress/arena.hpp"

namespace lwlock::tests {

void WaitLog::open() {
    backend_ = my_backend();
    in_slot_before_ = waits_in_slot();
    before_ = done_;
    open_.store_relaxed(1);
    if (!add_wait_observer(observer_)) broken("an observer can be added", backend_);
    if (add_wait_observer(observer_)) broken("an observer is added once", backend_);
}

void WaitLog::close() {
    if (!is_open()) return;
    if (!remove_wait_observer(observer_)) broken("an observer can be removed", backend_);
    if (remove_wait_observer(observer_)) broken("an observer is removed once", backend_);
    open_.store_relaxed(0);  // from here on, nobody may call
    if (started_ != done_) broken("every wait that an observer saw begin ends", started_ - done_);
    if (done_ - before_ != waits_in_slot() - in_slot_before_) {
        broken("an observer sees every wait of its time", done_ - before_);
    }
}

void WaitLog::wait_start(const WaitEvent& event, void* context) {
    auto& log = *static_cast<WaitLog*>(context);
    log.check(event);
    if (event.backend != log.backend_) return;
    if (log.started_++ != log.done_) broken("a backend waits once at a time", log.started_);
}

void WaitLog::wait_done(const WaitEvent& event, void* context) {
    auto& log = *static_cast<WaitLog*>(context);
    log.check(event);
    if (event.backend != log.backend_) return;
    if (++log.done_ != log.started_) broken("a wait ends that has begun", log.done_);
}

void WaitLog::check(const WaitEvent& event) const {
    // Now and then, time for the observer to be removed; not for all at the same wait.
    if ((event.since + backend_) % 32 == 0) sched_yield();
    if (!is_open()) broken("nobody calls an observer that was removed", event.backend);
    if (event.backend != my_backend()) broken("the waiting thread calls", event.backend);
    if (event.kind < WaitKind::exclusive || event.kind > WaitKind::variable) {
        broken("a wait is of some kind", static_cast<std::uint64_t>(event.kind));
    }
    const auto base = reinterpret_cast<std::uintptr_t>(space_.view().base);
    if (space_.lock_at(location_of(event.lock, base)) != event.lock) {
        broken("a wait is for a lock of the space", event.backend);
    }
    if (event.since == 0 || event.since > static_cast<std::uint64_t>(atomics::monotonic_now())) {
        broken("a wait began in the past", event.since);
    }
}

std::uint64_t WaitLog::waits_in_slot() const {
    return space_.view().slots()[backend_].waits.load_relaxed();
}

}  // namespace lwlock::tests
