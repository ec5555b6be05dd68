// Tranches: the names of locks, kept in the lock space so that every attached
// process knows them, and the arrays of locks that belong to a name.
//
// Definitions are serialised by a lock of the space; look-ups take none. An
// entry is complete before `defined` is set, and never changes afterwards.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lwlock/lock.hpp"
#include "lwlock/padded_lock.hpp"
#include "lwlock/private_space.hpp"
#include "lwlock/space.hpp"

namespace lwlock {
namespace {

using detail::kNameIndexSize;
using detail::noted;
using detail::Reason;
using detail::SegmentView;
using detail::TrancheEntry;

// A definition takes microseconds. Whoever waits longer waits for a backend
// that died in one, or for a damaged word.
constexpr std::int64_t kRegistryPatience = 2'000'000'000;  // nanoseconds

constexpr char kIndexIsFull[] = "the index of names is full";

std::uint32_t hash_of(const char* name, std::size_t length) {
    std::uint32_t hash = 2166136261u;
    for (std::size_t i = 0; i < length; ++i) {
        hash = (hash ^ static_cast<unsigned char>(name[i])) * 16777619u;
    }
    return hash;
}

bool same_name(const TrancheEntry& entry, const char* name, std::size_t length) {
    return strnlen(entry.name, sizeof entry.name) == length &&
           memcmp(entry.name, name, length) == 0;
}

// Where a name stands in the index, or the empty place where it would.
struct Place {
    std::uint32_t index = kNameIndexSize;  // kNameIndexSize: the index is full, or damaged
    std::uint32_t tranche = kTranches;     // kTranches: not there
};

Place find_place(const SegmentView& space, const char* name, std::size_t length) {
    const std::uint32_t start = hash_of(name, length) % kNameIndexSize;
    for (std::uint32_t probe = 0; probe < kNameIndexSize; ++probe) {
        const std::uint32_t index = (start + probe) % kNameIndexSize;
        const std::uint32_t content = space.name_index()[index].load_acquire();
        if (content == 0) return {.index = index};
        if (content > kTranches) continue;  // damaged
        if (same_name(space.tranches()[content - 1], name, length)) {
            return {.index = index, .tranche = content - 1};
        }
    }
    return {};
}

bool is_defined(const SegmentView& space, std::uint32_t id) {
    return space.tranches()[id].defined.load_acquire() == 1;
}

// Holds the space's registry lock, or says why not.
class Registry {
  public:
    Registry(const SegmentView& space, Reason& reason) {
        if (detail::this_backend.slot == nullptr && detail::is_private_space(space)) {
            status_ = detail::attach_implicitly();
            if (status_ != Status::ok) return;
        }
        if (detail::this_backend.space.base != space.base) {
            status_ = Status::not_attached;
            if (detail::this_backend.slot != nullptr) reason.say("it is one of another space");
            return;
        }
        lock_ = reinterpret_cast<Lock*>(&space.header().registry_lock);
        status_ = lock_->acquire_until(Mode::exclusive, Deadline::after(kRegistryPatience));
    }
    ~Registry() {
        if (locked()) lock_->release();
    }
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    bool locked() const { return lock_ != nullptr && succeeded(status_); }
    Status status() const { return status_; }

  private:
    Lock* lock_ = nullptr;
    Status status_ = Status::ok;
};

// Locks of the space's lock area, from one of which it is `room` locks without
// padding to the next.
struct Locks {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t room = 1;

    std::uint64_t end() const { return first + std::uint64_t{count} * room; }
};

Lock* lock_area(const SegmentView& space) {
    return reinterpret_cast<Lock*>(space.base + space.layout.locks);
}

// The caller holds the registry.
void define(const SegmentView& space, std::uint32_t id, const char* name, std::size_t length,
            std::uint32_t place, const Locks& locks) {
    TrancheEntry& entry = space.tranches()[id];
    memcpy(entry.name, name, length);
    entry.name[length] = '\0';
    entry.first_lock = locks.first;
    entry.lock_count = locks.count;
    entry.lock_room = locks.room;
    entry.defined.store_release(1);
    space.name_index()[place].store_release(id + 1);
}

// The next id that nobody has named, or kTranches.
std::uint32_t next_free_id(const SegmentView& space) {
    std::uint32_t id = space.header().next_tranche.load_relaxed();
    while (id < kTranches && is_defined(space, id)) ++id;
    return id < kTranches ? id : kTranches;
}

Status define_new(const SegmentView& space, const char* name, Locks locks, std::uint16_t& id,
                  Reason& reason) {
    const std::size_t length = strnlen(name, kMaxTrancheName + 1);
    if (length == 0 || length > kMaxTrancheName) return Status::bad_name;
    const Registry registry(space, reason);
    if (!registry.locked()) return registry.status();

    const Place place = find_place(space, name, length);
    if (place.tranche != kTranches) {
        reason.say("tranche %u has it", place.tranche);
        return Status::duplicate_name;
    }
    if (place.index == kNameIndexSize) {
        reason.say("%s", kIndexIsFull);
        return Status::damaged_segment;
    }
    const std::uint32_t free_id = next_free_id(space);
    if (free_id == kTranches) return Status::tranches_exhausted;
    const std::uint64_t used = space.header().locks_used.load_relaxed();
    locks.first = (used + locks.room - 1) / locks.room * locks.room;
    if (locks.count != 0 && locks.end() > space.layout.lock_count) {
        reason.say("%" PRIu64 " are asked for, %" PRIu64 " of %u are taken",
                   std::uint64_t{locks.count} * locks.room, used, space.layout.lock_count);
        return Status::no_lock_room;
    }

    id = static_cast<std::uint16_t>(free_id);
    Lock* const area = lock_area(space);
    for (std::uint64_t at = locks.first; at < locks.end(); at += locks.room) area[at].init(id);
    define(space, free_id, name, length, place.index, locks);
    if (locks.count != 0) {
        space.header().locks_used.store_relaxed(static_cast<std::uint32_t>(locks.end()));
    }
    space.header().next_tranche.store_relaxed(free_id + 1);
    return Status::ok;
}

Status define_own(const SegmentView& space, std::uint16_t id, const char* name, Reason& reason) {
    const std::size_t length = strnlen(name, kMaxTrancheName + 1);
    if (length == 0 || length > kMaxTrancheName) return Status::bad_name;
    const Registry registry(space, reason);
    if (!registry.locked()) return registry.status();

    const Place place = find_place(space, name, length);
    if (place.tranche == id) return Status::ok;
    if (place.tranche != kTranches || is_defined(space, id)) {
        const unsigned taken = place.tranche != kTranches ? place.tranche : id;
        char other[kMaxTrancheName + 1];
        detail::copy_tranche_name(space, static_cast<std::uint16_t>(taken), other);
        reason.say("tranche %u is \"%s\"", taken, other);
        return Status::duplicate_name;
    }
    if (place.index == kNameIndexSize) {
        reason.say("%s", kIndexIsFull);
        return Status::damaged_segment;
    }
    define(space, id, name, length, place.index, {});
    return Status::ok;
}

Status find(const SegmentView& space, const char* name, std::uint16_t& id) {
    const std::size_t length = strnlen(name, kMaxTrancheName + 1);
    if (length == 0 || length > kMaxTrancheName) return Status::bad_name;
    const Place place = find_place(space, name, length);
    if (place.tranche == kTranches) return Status::no_tranche;
    id = static_cast<std::uint16_t>(place.tranche);
    return Status::ok;
}

Status find_locks(const SegmentView& space, const char* name, Locks& locks, Reason& reason) {
    std::uint16_t id = 0;
    const Status status = find(space, name, id);
    if (status != Status::ok) return status;
    const TrancheEntry& entry = space.tranches()[id];
    const Locks found{
        .first = entry.first_lock, .count = entry.lock_count, .room = entry.lock_room};
    if (found.count == 0) {
        reason.say("it has no locks");
        return Status::no_tranche;
    }
    if (found.room != locks.room && (found.room == 1 || found.room == kPaddedLockRoom)) {
        reason.say("its locks are %s", found.room == 1 ? "not padded" : "padded");
        return Status::no_tranche;
    }
    if (found.room != locks.room || found.first % found.room != 0 ||
        found.first > space.layout.lock_count || found.end() > space.layout.lock_count) {
        reason.say("its locks do not lie in the space's room for %u", space.layout.lock_count);
        return Status::damaged_segment;
    }
    locks = found;
    return Status::ok;
}

// new_tranche() and its kin: `locks` says how many locks, and how far apart.
Status define_noted(const char* operation, const SegmentView& space, const char* name, Locks locks,
                    bool with_locks, std::uint16_t& id) {
    Reason reason;
    Status status = Status::bad_argument;
    if (with_locks && locks.count == 0) {
        reason.say("the tranche would have no locks");
    } else {
        status = define_new(space, name, locks, id, reason);
    }
    return noted(status, operation, name, reason);
}

template <typename L>
Status find_noted(const SegmentView& space, const char* name, std::span<L>& locks) {
    Reason reason;
    Locks found{.room = sizeof(L) / sizeof(Lock)};
    const Status status = find_locks(space, name, found, reason);
    if (status == Status::ok) {
        locks = {reinterpret_cast<L*>(lock_area(space) + found.first), found.count};
    }
    return noted(status, "named_tranche", name, reason);
}

}  // namespace

void detail::copy_tranche_name(const SegmentView& space, std::uint16_t id,
                               char (&buffer)[kMaxTrancheName + 1]) {
    if (space.base == nullptr || !is_defined(space, id)) {
        snprintf(buffer, sizeof buffer, "tranche %u", static_cast<unsigned>(id));
        return;
    }
    memcpy(buffer, space.tranches()[id].name, sizeof buffer);
    buffer[kMaxTrancheName] = '\0';  // a damaged name may lack its own
}

Status LockSpace::new_tranche(const char* name, std::uint16_t& id) const {
    return define_noted("new_tranche", view_, name, {}, false, id);
}

Status LockSpace::request_tranche(const char* name, std::uint32_t count, std::uint16_t& id) const {
    return define_noted("request_tranche", view_, name, {.count = count}, true, id);
}

Status LockSpace::request_padded_tranche(const char* name, std::uint32_t count,
                                         std::uint16_t& id) const {
    const Locks locks{.count = count, .room = kPaddedLockRoom};
    return define_noted("request_padded_tranche", view_, name, locks, true, id);
}

Status LockSpace::register_tranche(std::uint16_t id, const char* name) const {
    Reason reason;
    return noted(define_own(view_, id, name, reason), "register_tranche", name, reason);
}

Status LockSpace::find_tranche(const char* name, std::uint16_t& id) const {
    return noted(find(view_, name, id), "find_tranche", name);
}

Status LockSpace::named_tranche(const char* name, std::span<Lock>& locks) const {
    return find_noted(view_, name, locks);
}

Status LockSpace::named_tranche(const char* name, std::span<PaddedLock>& locks) const {
    return find_noted(view_, name, locks);
}

void LockSpace::set_tranche_policy(std::uint16_t id, TranchePolicy policy) const {
    view_.tranches()[id].policy.store_relaxed(policy.packed());
}

TranchePolicy LockSpace::tranche_policy(std::uint16_t id) const { return view_.policy(id); }

void LockSpace::tranche_name(std::uint16_t id, char (&buffer)[kMaxTrancheName + 1]) const {
    detail::copy_tranche_name(view_, id, buffer);
}

TrancheStatistics LockSpace::statistics(std::uint16_t tranche) const {
    return detail::read_counters(view_.counters(tranche));
}

const char* wait_event_name(const Lock& lock) {
    static constinit LWLOCK_THREAD_LOCAL char buffer[kMaxTrancheName + 1] = {};
    detail::copy_tranche_name(detail::this_backend.space, lock.tranche(), buffer);
    return buffer;
}

}  // namespace lwlock
