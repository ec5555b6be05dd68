#include "tests/stress/actor.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "atomics/spin.hpp"
#include "tests/stress/second_looks.hpp"

namespace lwlock::tests {
namespace {

constexpr std::size_t kMaxHeld = 4;
constexpr std::uint32_t kMaxStepsARound = 150;

}  // namespace

Actor::Actor(const LockSpace& space, Arena& arena, const Options& options, std::uint32_t index)
    : space_(space),
      arena_(arena),
      line_(arena.lines[index]),
      locks_(options.locks),
      index_(index),
      random_(options.seed, index) {}

void Actor::run(Deadline end) {
    if (space_.attach() != Status::ok) broken("there is a slot for every worker", index_);
    do {
        round();
        if (arena_.barrier.arrive_and_wait()) {
            arena_.await_empty_mails();
            arena_.check_at_rest(locks_);
            arena_.rounds.fetch_add_relaxed(1);
            if (end.has_passed()) arena_.over.store_relaxed(1);
        }
        arena_.barrier.arrive_and_wait();
    } while (arena_.over.load_relaxed() == 0);
    if (detach() != Status::ok) broken("a worker that holds nothing can detach", index_);
}

// Rounds are short and end at rest, without traffic that could make up for a
// wake that was lost.
void Actor::round() {
    reset_cancel();
    const std::uint32_t steps = 1 + random_.below(kMaxStepsARound);
    for (std::uint32_t i = 0; i < steps; ++i) {
        step();
        line_.steps.store_relaxed(line_.steps.load_relaxed() + 1);
    }
    release_everything();
    compare_books();
}

void Actor::step() {
    if (!held_.empty()) {
        use_while_holding(held_[random_.below(static_cast<std::uint32_t>(held_.size()))]);
        if (held_.size() >= kMaxHeld || random_.one_in(2)) {
            random_.one_in(20) ? release_everything() : release_one();
            return;
        }
    }
    switch (random_.below(16)) {
        case 0: return compare_books();
        case 1: return reattach();
        case 2: return watch_variable();
        case 3:
        case 4: return try_any();
        case 5: return nest();
        default: return acquire_somehow();
    }
}

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
    switch (random_.below(8)) {
        case 0: {
            const TimeLimit limit;
            if (succeeded(lock.acquire_for(mode, any_time()))) took(cell, mode);
            return;
        }
        case 1: {
            const TimeLimit limit;
            if (succeeded(lock.acquire_cancellable(mode))) took(cell, mode);
            return;
        }
        case 2: {
            const TimeLimit limit;
            const Deadline deadline = Deadline::after(std::chrono::nanoseconds(any_time()).count());
            if (succeeded(lock.acquire_cancellable(mode, deadline))) took(cell, mode);
            return;
        }
        case 3:
            if (lock.acquire_or_wait(mode)) took(cell, mode);
            return;
        case 4: return acquire_by_standard_lock(cell);
        default: lock.acquire(mode); return took(cell, mode);
    }
}

void Actor::acquire_by_standard_lock(std::uint32_t cell) {
    Lock& lock = arena_.cells[cell].lock;
    const TimeLimit limit;
    if (random_.one_in(2)) {
        std::unique_lock guard(lock, std::chrono::system_clock::now() + any_time());
        if (!guard.owns_lock()) return;
        guard.release();
        took(cell, Mode::exclusive);
    } else {
        std::shared_lock guard(lock, std::chrono::steady_clock::now() + any_time());
        if (!guard.owns_lock()) return;
        guard.release();
        took(cell, Mode::shared);
    }
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

void Actor::took(std::uint32_t cell, Mode mode) {
    arena_.cells[cell].enter(mode);
    if (mode == Mode::exclusive) {
        line_.additions[cell].store_relaxed(line_.additions[cell].load_relaxed() + 1);
    }
    held_.push_back({cell, mode});
    dwell();
}

void Actor::use_while_holding(const Holding& holding) {
    Cell& cell = arena_.cells[holding.cell];
    if (holding.mode == Mode::exclusive && random_.one_in(3)) {
        cell.lock.update_var(cell.variable, ++cell.sequence);
    }
}

void Actor::release_one() {
    const std::uint32_t which = random_.below(static_cast<std::uint32_t>(held_.size()));
    const Holding holding = held_[which];
    held_.erase(held_.begin() + which);
    Cell& cell = arena_.cells[holding.cell];
    if (random_.one_in(8)) return give_away(holding);
    cell.leave(holding.mode);
    if (holding.mode == Mode::exclusive && random_.one_in(4)) {
        cell.lock.release_clear_var(cell.variable, 0);
    } else if (holding.mode == Mode::exclusive) {
        cell.lock.unlock();
    } else {
        cell.lock.unlock_shared();
    }
}

void Actor::release_everything() {
    for (const Holding& holding : held_) arena_.cells[holding.cell].leave(holding.mode);
    held_.clear();
    release_all();
}

// The janitor checks and releases what it finds; when its box is full, this
// backend does.
void Actor::give_away(const Holding& holding) {
    Cell& cell = arena_.cells[holding.cell];
    cell.lock.disown();
    for (atomics::Atomic32& mail : arena_.mails) {
        std::uint32_t empty = 0;
        if (mail.cas_release(empty, mail_of(holding.cell, holding.mode))) return;
    }
    cell.leave(holding.mode);
    cell.lock.release_disowned(holding.mode);
}

void Actor::reattach() {
    if (!held_.empty()) {
        if (detach() != Status::holds_locks) broken("a holder cannot detach", held_.size());
        return;
    }
    if (detach() != Status::ok || space_.attach() != Status::ok) {
        broken("a backend can detach and attach again", index_);
    }
}

void Actor::compare_books() const {
    if (held_count() != held_.size()) broken("the table names what is held (I6)", held_count());
    for (std::uint32_t i = 0; i < locks_; ++i) {
        for (const Mode mode : {Mode::shared, Mode::exclusive}) {
            const bool mine = std::any_of(held_.begin(), held_.end(), [&](const Holding& holding) {
                return holding.cell == i && holding.mode == mode;
            });
            if (arena_.cells[i].lock.held_by_me_in_mode(mode) != mine) {
                broken("the table names what is held (I6)", i);
            }
        }
    }
}

std::chrono::microseconds Actor::any_time() {
    if (random_.one_in(8)) return std::chrono::microseconds(-1);
    return std::chrono::microseconds(random_.below(random_.one_in(10) ? 15'000 : 300));
}

// Holding for various times makes others spin, sleep, and become hungry.
void Actor::dwell() {
    const std::uint32_t kind = random_.below(256);
    if (kind == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(random_.below(8'000)));
    } else if (kind < 16) {
        sched_yield();
    } else if (kind < 64) {
        for (std::uint32_t i = random_.below(200); i > 0; --i) atomics::spin_pause();
    }
}

}  // namespace lwlock::tests
