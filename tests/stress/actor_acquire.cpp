// All the ways in which a worker gets a lock, or waits for one to be free.

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "tests/stress/actor.hpp"
#include "tests/stress/second_looks.hpp"

namespace lwlock::tests {

std::uint32_t Actor::floor() const {
    std::uint32_t least = 0;
    for (const Holding& holding : held_) least = std::max(least, holding.cell + 1);
    return least;
}

void Actor::acquire_somehow() {
    const std::uint32_t least = floor();
    if (least >= locks_) return;
    const std::uint32_t cell = least + random_.below(locks_ - least);
    Lock& lock = arena_.cells[cell].lock;
    const Mode mode = any_mode();
    switch (random_.below(10)) {
        case 0: return acquire_until(cell, mode, any_deadline(), false);
        case 1: return acquire_until(cell, mode, any_deadline(), true);
        case 2: return acquire_until(cell, mode, Deadline::never(), true);
        case 3: return acquire_for(cell, mode);
        case 4:
            if (lock.acquire_or_wait(mode)) took(cell, mode);
            return;
        case 5: return acquire_as_standard_lock(cell, mode);
        case 6: return acquire_by_standard_guard(cell, mode);
        case 7: return use_two();
        default: lock.acquire(mode); return took(cell, mode);
    }
}

void Actor::took_unless(Status status, Status excuse, std::uint32_t cell, Mode mode,
                        Deadline deadline) {
    if (succeeded(status)) return took(cell, mode);
    if (status == Status::timed_out && !deadline.has_passed()) {
        broken("a wait lasts until its deadline", cell);
    }
    if (status != Status::timed_out && status != excuse) {
        broken("a wait ends by the lock, its deadline, or a cancellation if it can be cancelled",
               static_cast<std::uint64_t>(status));
    }
}

void Actor::acquire_until(std::uint32_t cell, Mode mode, Deadline deadline, bool cancellable) {
    Lock& lock = arena_.cells[cell].lock;
    const TimeLimit limit;
    const Status status =
        cancellable ? lock.acquire_cancellable(mode, deadline) : lock.acquire_until(mode, deadline);
    took_unless(status, cancellable ? Status::canceled : Status::timed_out, cell, mode, deadline);
}

void Actor::acquire_for(std::uint32_t cell, Mode mode) {
    const std::chrono::nanoseconds time = any_time();
    const Deadline deadline = Deadline::after(time.count());
    const TimeLimit limit;
    const Status status = arena_.cells[cell].lock.acquire_for(mode, time);
    took_unless(status, Status::timed_out, cell, mode, deadline);
}

void Actor::acquire_as_standard_lock(std::uint32_t cell, Mode mode) {
    Lock& lock = arena_.cells[cell].lock;
    const bool exclusive = mode == Mode::exclusive;
    bool taken = true;
    switch (random_.below(3)) {
        case 0: exclusive ? lock.lock() : lock.lock_shared(); break;
        case 1: taken = exclusive ? lock.try_lock() : lock.try_lock_shared(); break;
        default: {
            const std::chrono::microseconds time = any_time();
            const Deadline deadline = Deadline::after(std::chrono::nanoseconds(time).count());
            const TimeLimit limit;
            taken = exclusive ? lock.try_lock_for(time) : lock.try_lock_shared_for(time);
            if (!taken && !deadline.has_passed()) broken("try_lock_for waits its time", cell);
        }
    }
    if (taken) took(cell, mode);
}

void Actor::acquire_by_standard_guard(std::uint32_t cell, Mode mode) {
    Lock& lock = arena_.cells[cell].lock;
    const TimeLimit limit;
    bool taken = false;
    if (mode == Mode::exclusive) {
        const auto end = std::chrono::system_clock::now() + any_time();
        std::unique_lock guard(lock, end);
        taken = guard.owns_lock();
        guard.release();
    } else {
        const auto end = std::chrono::steady_clock::now() + any_time();
        std::shared_lock guard(lock, end);
        taken = guard.owns_lock();
        if (!taken && std::chrono::steady_clock::now() < end) {
            broken("try_lock_shared_until waits until then", cell);
        }
        guard.release();
    }
    if (taken) took(cell, mode);
}

// std::scoped_lock waits for one lock at a time, and meanwhile holds neither. It
// takes them in some order, so the books never see them.
void Actor::use_two() {
    const std::uint32_t least = floor();
    if (locks_ - least < 2) return;
    const std::uint32_t one = least + random_.below(locks_ - least);
    const std::uint32_t other = least + random_.below(locks_ - least);
    if (one == other) return;
    const std::scoped_lock both(arena_.cells[one].lock, arena_.cells[other].lock);
    for (const std::uint32_t cell : {one, other}) enter(cell, Mode::exclusive);
    dwell();
    for (const std::uint32_t cell : {one, other}) arena_.cells[cell].leave(Mode::exclusive);
}

void Actor::watch_variable() {
    const std::uint32_t least = floor();
    if (least >= locks_) return;
    Cell& cell = arena_.cells[least + random_.below(locks_ - least)];
    const std::uint64_t before = cell.variable.word.load_relaxed();
    std::uint64_t after = before;
    if (!cell.lock.wait_for_var(cell.variable, before, after) && after == before) {
        broken("a watcher of a variable sees it change", before);
    }
}

void Actor::try_any() {
    const std::uint32_t cell = random_.below(locks_);
    const Mode mode = any_mode();
    if (arena_.cells[cell].lock.try_acquire(mode)) took(cell, mode);
}

void Actor::nest() {
    if (held_.empty() || held_.size() >= kMaxHeld) return;
    const Holding holding = held_.back();
    if (holding.mode != Mode::shared) return;
    arena_.cells[holding.cell].lock.acquire(Mode::shared);
    took(holding.cell, Mode::shared);
}

void Actor::enter(std::uint32_t cell, Mode mode) {
    arena_.cells[cell].enter(mode);
    if (mode == Mode::exclusive) {
        line_.additions[cell].store_relaxed(line_.additions[cell].load_relaxed() + 1);
    }
}

void Actor::took(std::uint32_t cell, Mode mode) {
    enter(cell, mode);
    held_.push_back({cell, mode});
    dwell();
}

std::chrono::microseconds Actor::any_time() {
    if (random_.one_in(8)) return std::chrono::microseconds(-1);
    return std::chrono::microseconds(random_.below(random_.one_in(10) ? 15'000 : 300));
}

Deadline Actor::any_deadline() {
    return Deadline::after(std::chrono::nanoseconds(any_time()).count());
}

}  // namespace lwlock::tests
