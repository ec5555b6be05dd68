#include "tests/stress/tranche_user.hpp"

#include <stdio.h>
#include <string.h>

#include "tests/stress/second_looks.hpp"

namespace lwlock::tests {
namespace {

using Name = char[kMaxTrancheName + 1];

void name_it(std::uint32_t worker, std::uint32_t number, Name& name) {
    snprintf(name, sizeof name, "worker %u, tranche %u", worker, number);
}

// Who defines gives up when the others' definitions take too long.
bool too_late(Status status) { return status == Status::timed_out; }

}  // namespace

void TrancheUser::define() {
    atomics::Atomic32& defined = arena_.lines[index_].tranches;
    const std::uint32_t number = defined.load_relaxed();
    if (number == kTranchesAWorker) return;
    Name name;
    name_it(index_, number, name);
    const TimeLimit limit;
    std::uint16_t id = 0;
    const std::uint32_t locks = random_.below(kLocksATranche + 1);
    const Status status =
        locks == 0 ? space_.new_tranche(name, id) : space_.request_tranche(name, locks, id);
    if (too_late(status)) return;
    if (status != Status::ok) {
        broken("a tranche with a new name can be defined", static_cast<std::uint64_t>(status));
    }
    define_again(name, id);

    const TranchePolicy policy{
        .bias = random_.one_in(2) ? Bias::off : Bias::always,
        .preference = random_.one_in(2) ? Preference::writers : Preference::readers};
    space_.set_tranche_policy(id, policy);
    if (space_.tranche_policy(id) != policy) broken("a tranche keeps its policy", id);
    defined.store_release(number + 1);
}

void TrancheUser::define_again(const char* name, std::uint16_t id) {
    std::uint16_t other = id;
    const Status status = space_.new_tranche(name, other);
    if (!too_late(status) && (status != Status::duplicate_name || other != id)) {
        broken("a name is given once", static_cast<std::uint64_t>(status));
    }
    const Status same = space_.register_tranche(id, name);
    if (!too_late(same) && same != Status::ok) {
        broken("a tranche can be named the same again", static_cast<std::uint64_t>(same));
    }
    // One of the engine's own ids, below those of new_tranche().
    Name own;
    snprintf(own, sizeof own, "worker %u", index_);
    const Status named = space_.register_tranche(static_cast<std::uint16_t>(index_), own);
    if (!too_late(named) && named != Status::ok) {
        broken("an id of the engine's own can be named", static_cast<std::uint64_t>(named));
    }
}

void TrancheUser::look_up() {
    const std::uint32_t worker = random_.below(arena_.workers);
    const std::uint32_t defined = arena_.lines[worker].tranches.load_acquire();
    // Also the one that may be in the middle of its definition.
    const std::uint32_t number = random_.below(defined + 1);
    Name name;
    name_it(worker, number, name);
    std::uint16_t id = 0;
    const Status status = space_.find_tranche(name, id);
    if (status == Status::no_tranche && number == defined) return;
    if (status != Status::ok) {
        broken("a tranche that was defined is found", static_cast<std::uint64_t>(status));
    }
    Name found;
    space_.tranche_name(id, found);
    if (strcmp(found, name) != 0) broken("a tranche has the name that it was found by", id);
    check_locks(name, id);
}

void TrancheUser::check_locks(const char* name, std::uint16_t id) {
    std::span<Lock> locks;
    const Status status = space_.named_tranche(name, locks);
    if (status == Status::no_tranche) return;  // it has none
    if (status != Status::ok || locks.empty() || locks.size() > kLocksATranche) {
        broken("a tranche has the locks that it was given", locks.size());
    }
    for (Lock& lock : locks) {
        if (lock.tranche() != id) broken("a lock is of one tranche", lock.tranche());
    }
    Lock& lock = locks[random_.below(static_cast<std::uint32_t>(locks.size()))];
    if (strcmp(wait_event_name(lock), name) != 0) broken("a lock has its tranche's name", id);
    if (!lock.try_acquire(Mode::exclusive)) return;
    if (!lock.held_by_me_in_mode(Mode::exclusive)) broken("the holder knows that it holds", id);
    lock.release();
}

}  // namespace lwlock::tests
