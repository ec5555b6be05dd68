#include "tests/stress/actor.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "atomics/spin.hpp"

namespace lwlock::tests {
namespace {

constexpr std::uint32_t kMaxStepsARound = 150;

}  // namespace

Actor::Actor(const LockSpace& space, Arena& arena, const Options& options, std::uint32_t index)
    : space_(space),
      arena_(arena),
      line_(arena.lines[index]),
      locks_(options.locks),
      index_(index),
      random_(options.seed, index),
      wait_log_(space),
      tranches_(space, arena, index, random_) {}

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
    wait_log_.close();
    line_.waits_seen.store_relaxed(wait_log_.waits());
    if (detach() != Status::ok) broken("a worker that holds nothing can detach", index_);
}

// Rounds are short and end at rest, without traffic that could make up for a
// wake that was lost.
void Actor::round() {
    reset_cancel();
    tranches_.define();  // all at once
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
    switch (random_.below(18)) {
        case 0: compare_books(); return compare_any_range();
        case 1: return reattach();
        case 2: return watch_variable();
        case 3:
        case 4: return try_any();
        case 5: return nest();
        case 6: return wait_log_.is_open() ? wait_log_.close() : wait_log_.open();
        case 7: return tranches_.look_up();
        default: return acquire_somehow();
    }
}

void Actor::use_while_holding(const Holding& holding) {
    Cell& cell = arena_.cells[holding.cell];
    if (holding.mode == Mode::exclusive && random_.one_in(3)) {
        cell.lock.update_var(cell.variable, ++cell.sequence);
    }
}

void Actor::release_one() {
    const Holding holding = held_[random_.below(static_cast<std::uint32_t>(held_.size()))];
    // Of a lock that is held several times, the youngest holding goes first.
    const auto youngest = std::find_if(held_.rbegin(), held_.rend(), [&](const Holding& other) {
        return other.cell == holding.cell;
    });
    held_.erase(std::next(youngest).base());
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
    wait_log_.close();  // it is for one time of being attached
    if (detach() != Status::ok || space_.attach() != Status::ok) {
        broken("a backend can detach and attach again", index_);
    }
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
