// A variable beside a lock: its exclusive holder changes it, others wait for
// the change or for the end of the holding.

#include "lwlock/operations.hpp"
#include "lwlock/waiting.hpp"
#include "lwlock/wake.hpp"

namespace lwlock {
namespace detail {
namespace {

using state::Word;

// ok: not held exclusively; waited: the variable differs, `value` is filled.
Status wait_for_variable(LockWords& lock, const Variable& variable, std::uint64_t old_value,
                         std::uint64_t& value, Backend& self) {
    value = variable.word.load_acquire();
    if (value != old_value && state::is_exclusive(lock.state.load_acquire())) {
        return Status::waited;
    }
    WaitRecord record(lock, WaitKind::variable, self);
    for (;;) {
        const waitqueue::Ticket ticket = waitqueue::ticket(lock.wait_seq);
        Word seen = lock.state.load_seq_cst();
        if (!state::is_exclusive(seen)) {
            value = variable.word.load_acquire();
            return Status::ok;
        }
        if (holds_exclusively(self, &lock)) return Status::self_deadlock;
        if ((seen & state::kWaitVariable) == 0 &&
            !lock.state.cas_seq_cst(seen, seen | state::kWaitVariable)) {
            continue;
        }
        // B: must be seq_cst, and after the bit was set or seen set: then either
        // the new value is seen here or the bit in update_var(). Matches C.
        value = variable.word.load_seq_cst();
        if (value != old_value) return Status::waited;
        record.begin();
        record.sleep(ticket, state::kWaitVariable, Deadline::never());
    }
}

}  // namespace

bool holds_exclusively(const Backend& self, const LockWords* lock) {
    const std::uint32_t index = find_held(self, lock);
    return index != kMaxHeldLocks &&
           HeldEntry::unpacked(self.entry(index).load_relaxed()).mode == Mode::exclusive;
}

Status wait_for_var(LockWords& lock, const Variable& variable, std::uint64_t old_value,
                    std::uint64_t& new_value) {
    Backend& self = this_backend;
    if (self.slot == nullptr) {
        const Status status = attach_implicitly();
        if (status != Status::ok) return status;
    }
    return wait_for_variable(lock, variable, old_value, new_value, self);
}

Status update_var(LockWords& lock, Variable& variable, std::uint64_t value) {
    const Backend& self = this_backend;
    if (!holds_exclusively(self, &lock)) return Status::not_exclusive;
    variable.word.exchange_seq_cst(value);  // C: matches B in wait_for_variable()
    Word seen = lock.state.load_seq_cst();  // C
    while ((seen & state::kWaitVariable) != 0) {
        if (!lock.state.cas_relaxed(seen, seen & ~state::kWaitVariable)) continue;
        waitqueue::advance(lock.wait_seq);
        self.space.counters(lock.tranche).wakes.fetch_add_relaxed(1);
        waitqueue::wake(lock.wait_seq.address(), atomics::kWakeAll,
                        classes_of(state::kWaitVariable), self.space.scope);
        break;
    }
    return Status::ok;
}

}  // namespace detail

bool Lock::wait_for_var(const Variable& variable, std::uint64_t old_value,
                        std::uint64_t& new_value) {
    const Status status = detail::wait_for_var(words_, variable, old_value, new_value);
    if (!succeeded(status)) detail::misused(status, "wait_for_var", this, Mode::shared);
    return status == Status::ok;
}

void Lock::update_var(Variable& variable, std::uint64_t value) {
    const Status status = detail::update_var(words_, variable, value);
    if (!succeeded(status)) detail::misused(status, "update_var", this, Mode::exclusive);
}

Status Lock::clear_var_and_give(Variable& variable, std::uint64_t value) {
    if (!detail::holds_exclusively(detail::this_backend, &words_)) {
        return held_by_me() ? Status::not_exclusive : Status::not_held;
    }
    variable.word.store_release(value);
    return give();
}

void Lock::release_clear_var(Variable& variable, std::uint64_t value) {
    const Status status = clear_var_and_give(variable, value);
    if (!succeeded(status)) detail::misused(status, "release_clear_var", this, Mode::exclusive);
}

}  // namespace lwlock
