// Whether the library knows of a worker what the worker knows of itself.

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "tests/stress/actor.hpp"

namespace lwlock::tests {

bool Actor::holds(std::uint32_t cell, Mode mode) const {
    return std::any_of(held_.begin(), held_.end(), [&](const Holding& holding) {
        return holding.cell == cell && holding.mode == mode;
    });
}

void Actor::compare_books() const {
    if (held_count() != held_.size()) broken("the table names what is held (I6)", held_count());
    for (std::uint32_t i = 0; i < locks_; ++i) {
        const Lock& lock = arena_.cells[i].lock;
        for (const Mode mode : {Mode::shared, Mode::exclusive}) {
            if (lock.held_by_me_in_mode(mode) != holds(i, mode)) {
                broken("the table names what is held (I6)", i);
            }
        }
        if (lock.held_by_me() != (holds(i, Mode::shared) || holds(i, Mode::exclusive))) {
            broken("a lock is held by who holds it in some mode", i);
        }
        if (holds(i, Mode::exclusive) && lock.exclusive_holder() == kNoBackend) {
            broken("a lock that is held exclusively has a holder", i);
        }
    }
    compare_order();
    compare_report();
}

void Actor::compare_order() const {
    struct Walk {
        const Actor& actor;
        std::size_t visited = 0;
    } walk{*this};
    for_each_held_by_me(
        [](Lock& lock, Mode mode, void* context) {
            auto& [actor, visited] = *static_cast<Walk*>(context);
            if (visited == actor.held_.size() || mode != actor.held_[visited].mode ||
                &lock != &actor.arena_.cells[actor.held_[visited].cell].lock) {
                broken("held locks are visited, the oldest first", visited);
            }
            ++visited;
        },
        &walk);
    if (walk.visited != held_.size()) broken("every held lock is visited", walk.visited);
}

void Actor::compare_any_range() {
    const std::uint32_t first = random_.below(locks_);
    const std::uint32_t count = random_.below(locks_ - first + 1);
    const bool any = std::any_of(held_.begin(), held_.end(), [&](const Holding& holding) {
        return holding.cell >= first && holding.cell < first + count;
    });
    if (any_held_by_me(&arena_.cells[first].lock, count, sizeof(Cell)) != any) {
        broken("any_held_by_me() knows whether one of the locks is held", first);
    }
}

void Actor::compare_report() const {
    const auto report = std::make_unique<BackendReport>();
    if (!space_.report(my_backend(), *report)) broken("there is a report of oneself", index_);
    if (report->process != static_cast<std::uint32_t>(getpid()) ||
        report->thread != static_cast<std::uint32_t>(gettid()) ||
        report->waiting != WaitKind::none) {
        broken("a report says who the backend is, and that it does not wait", report->process);
    }
    if (report->held_count != held_.size()) broken("a report counts", report->held_count);
    for (std::size_t i = 0; i < held_.size(); ++i) {
        const HeldEntry& entry = report->held[i];
        if (space_.lock_at(entry.location) != &arena_.cells[held_[i].cell].lock ||
            entry.mode != held_[i].mode || !entry.is_held()) {
            broken("a report names what is held", i);
        }
    }
}

}  // namespace lwlock::tests
