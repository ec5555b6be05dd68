#include "names.hpp"

#include <span>

#include "lwlock/lock.hpp"
#include "require.hpp"

namespace lwlock::tests::fuzz {
namespace {

constexpr std::uint32_t kLocksOfSpace = 8;

// Few names, so that they meet again, of which some are too long or empty.
std::string any_name(Input& input) {
    const std::size_t length = input.below(4) == 0 ? input.below(80) : 2;
    return std::string(length, static_cast<char>('a' + input.below(6)));
}

bool is_name(const std::string& name) { return !name.empty() && name.size() <= kMaxTrancheName; }

// What keeps a definition from being looked at. It takes a lock of the space,
// for which the backend needs room in its table.
Status obstacle(const std::string& name, bool attached) {
    if (!is_name(name)) return Status::bad_name;
    if (!attached) return Status::not_attached;
    return held_count() < kMaxHeldLocks ? Status::ok : Status::too_many_held;
}

}  // namespace

void NameModel::one_call(Input& input, const LockSpace& space, bool attached) {
    switch (input.below(4)) {
        case 0: return define_new(input, space, attached);
        case 1: return define_numbered(input, space, attached);
        case 2: return look_up(input, space);
        default: return look_up_locks(input, space);
    }
}

Status NameModel::expected_of_new(const std::string& name, std::uint32_t locks,
                                  bool attached) const {
    const Status status = obstacle(name, attached);
    if (status != Status::ok) return status;
    if (by_name_.contains(name)) return Status::duplicate_name;
    if (locks > kLocksOfSpace - locks_used_) return Status::no_lock_room;
    return Status::ok;
}

void NameModel::define_new(Input& input, const LockSpace& space, bool attached) {
    const std::string name = any_name(input);
    const std::uint32_t locks = input.below(2) == 0 ? 0 : 1 + input.below(10);
    const Status expected = expected_of_new(name, locks, attached);
    std::uint16_t id = 0;
    const Status status = locks == 0 ? space.new_tranche(name.c_str(), id)
                                     : space.request_tranche(name.c_str(), locks, id);
    FUZZ_REQUIRE(status == expected);
    if (status != Status::ok) return;
    FUZZ_REQUIRE(id >= 256 && !by_id_.contains(id));
    by_name_[name] = {.id = id, .locks = locks};
    by_id_[id] = name;
    locks_used_ += locks;
}

void NameModel::define_numbered(Input& input, const LockSpace& space, bool attached) {
    const std::string name = any_name(input);
    const auto id =
        static_cast<std::uint16_t>(input.flip() ? input.below(4) : 254 + input.below(8));
    const auto known = by_name_.find(name);
    Status expected = obstacle(name, attached);
    if (expected != Status::ok) {
        // not looked at
    } else if (known != by_name_.end()) {
        expected = known->second.id == id ? Status::ok : Status::duplicate_name;
    } else if (by_id_.contains(id)) {
        expected = Status::duplicate_name;
    }
    FUZZ_REQUIRE(space.register_tranche(id, name.c_str()) == expected);
    if (expected != Status::ok || known != by_name_.end()) return;
    by_name_[name] = {.id = id, .locks = 0};
    by_id_[id] = name;
}

void NameModel::look_up(Input& input, const LockSpace& space) const {
    const std::string name = any_name(input);
    const auto known = by_name_.find(name);
    std::uint16_t id = 0;
    Status expected = known == by_name_.end() ? Status::no_tranche : Status::ok;
    if (!is_name(name)) expected = Status::bad_name;
    FUZZ_REQUIRE(space.find_tranche(name.c_str(), id) == expected);
    FUZZ_REQUIRE(expected != Status::ok || id == known->second.id);

    const auto some_id = static_cast<std::uint16_t>(252 + input.below(12));
    char text[kMaxTrancheName + 1];
    space.tranche_name(some_id, text);
    const auto named = by_id_.find(some_id);
    FUZZ_REQUIRE(text ==
                 (named == by_id_.end() ? "tranche " + std::to_string(some_id) : named->second));
}

void NameModel::look_up_locks(Input& input, const LockSpace& space) const {
    const std::string name = any_name(input);
    const auto known = by_name_.find(name);
    std::span<Lock> locks;
    Status expected = Status::ok;
    if (!is_name(name)) {
        expected = Status::bad_name;
    } else if (known == by_name_.end() || known->second.locks == 0) {
        expected = Status::no_tranche;
    }
    FUZZ_REQUIRE(space.named_tranche(name.c_str(), locks) == expected);
    if (expected != Status::ok) return;
    FUZZ_REQUIRE(locks.size() == known->second.locks);
    for (const Lock& lock : locks) FUZZ_REQUIRE(lock.tranche() == known->second.id);
}

}  // namespace lwlock::tests::fuzz
