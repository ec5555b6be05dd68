#include "model.hpp"

#include <algorithm>

#include "lwlock/held_locks.hpp"

namespace lwlock::tests::fuzz {

std::uint32_t Model::shared_count(std::size_t lock) const {
    const auto own = std::count(holds_.begin(), holds_.end(), Hold{lock, Mode::shared});
    return static_cast<std::uint32_t>(own) + locks_[lock].disowned_shared;
}

bool Model::is_exclusive(std::size_t lock) const {
    return locks_[lock].disowned_exclusive || held_in_mode(lock, Mode::exclusive);
}

std::optional<Status> Model::immediate(std::size_t lock, Mode mode) const {
    if (holds_.size() >= kMaxHeldLocks) return Status::too_many_held;
    const bool free = !is_exclusive(lock) && (mode == Mode::shared || shared_count(lock) == 0);
    if (free) return Status::ok;
    if (held(lock)) return Status::self_deadlock;
    return std::nullopt;
}

void Model::take(std::size_t lock, Mode mode) { holds_.push_back({lock, mode}); }

std::optional<Model::Hold> Model::held(std::size_t lock) const {
    const auto found = std::find_if(holds_.rbegin(), holds_.rend(),
                                    [=](const Hold& hold) { return hold.lock == lock; });
    if (found == holds_.rend()) return std::nullopt;
    return *found;
}

bool Model::held_in_mode(std::size_t lock, Mode mode) const {
    return std::find(holds_.begin(), holds_.end(), Hold{lock, mode}) != holds_.end();
}

void Model::drop(std::size_t lock) {
    const auto found = std::find_if(holds_.rbegin(), holds_.rend(),
                                    [=](const Hold& hold) { return hold.lock == lock; });
    holds_.erase(std::next(found).base());
}

Status Model::release(std::size_t lock) {
    if (!held(lock)) return Status::not_held;
    drop(lock);
    return Status::ok;
}

Status Model::release_exclusive(std::size_t lock) const {
    const auto hold = held(lock);
    if (!hold) return Status::not_held;
    return hold->mode == Mode::exclusive ? Status::ok : Status::not_exclusive;
}

void Model::release_all() { holds_.clear(); }

std::optional<Mode> Model::disown(std::size_t lock) {
    const auto hold = held(lock);
    if (!hold) return std::nullopt;
    drop(lock);
    if (hold->mode == Mode::exclusive) {
        locks_[lock].disowned_exclusive = true;
    } else {
        ++locks_[lock].disowned_shared;
    }
    return hold->mode;
}

std::optional<Status> Model::release_disowned(std::size_t lock, Mode mode) {
    Disowned& disowned = locks_[lock];
    if (mode == Mode::exclusive) {
        if (!disowned.disowned_exclusive) return Status::not_held;
        disowned.disowned_exclusive = false;
        return Status::ok;
    }
    if (disowned.disowned_shared == 0) {
        return shared_count(lock) == 0 ? std::optional(Status::not_held) : std::nullopt;
    }
    --disowned.disowned_shared;
    return Status::ok;
}

}  // namespace lwlock::tests::fuzz
