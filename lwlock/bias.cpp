#include "lwlock/bias.hpp"

#include <algorithm>

#include "atomics/asymmetric_fence.hpp"
#include "atomics/spin.hpp"
#include "lwlock/probes.hpp"

namespace lwlock::detail {
namespace {

using state::Word;

// A reader that looked at the word just before DRAINING was set leaves without
// a wake. So whoever waits for readers looks again, soon at first.
constexpr std::int64_t kFirstNap = 100'000;  // nanoseconds
constexpr std::int64_t kLongestNap = 6'400'000;

// Looks at a slot before sleeping on it: most critical sections are shorter than a sleep.
constexpr int kLooks = 20;

std::uint64_t biased_entry(const LockWords& lock, const Backend& self) {
    return HeldEntry{location_of(&lock, self.base), Mark::biased, Mode::shared}.packed();
}

void wake_drainer(Backend& self) {
    waitqueue::advance(self.slot->drain_seq);
    waitqueue::wake(self.slot->drain_seq.address(), atomics::kWakeAll, waitqueue::kEveryClass,
                    self.space.scope);
}

// Takes a biased holding out of the table; `seen` is the word before that.
void let_go(Word seen, std::uint32_t index, Backend& self) {
    remove_entry(self, index);
    if ((seen & state::kDraining) != 0) wake_drainer(self);
}

// The slots that name the lock, one after the other, until each has let go.
class Drain {
  public:
    Drain(LockWords& lock, const Patience& patience, WaitRecord& record, Backend& self)
        : patience_(patience), record_(record), self_(self), sought_(biased_entry(lock, self)) {}

    Status run() {
        const std::uint32_t used = self_.space.slots_in_use();
        for (std::uint32_t number = 0; number < used; ++number) {
            const Status status = wait_for(self_.space.slots()[number]);
            if (status != Status::ok) return status;
        }
        return Status::ok;
    }
    /// Nanoseconds for readers to let go. Those a counted lock would take as well.
    std::int64_t waited() const { return waited_; }
    /// Whether it was spinning alone that outlasted readers.
    bool spun() const { return spun_ && !record_.begun(); }

  private:
    Status wait_for(const Slot& slot) {
        if (!slot.names(sought_)) return Status::ok;
        const std::int64_t begun = atomics::monotonic_now();
        const Status status = outlast(slot);
        waited_ += atomics::monotonic_now() - begun;
        return status;
    }

    Status outlast(const Slot& slot) {
        const Status status = end_of_patience(patience_, self_);
        if (status != Status::ok) return status;
        for (int look = 0; look < kLooks && atomics::spinning_can_pay(); ++look) {
            atomics::spin_pause();
            spun_ = true;
            if (!slot.names(sought_)) return Status::ok;
        }
        return sleep_on(slot);
    }

    Status sleep_on(const Slot& slot) {
        record_.begin();
        std::int64_t nap = kFirstNap;
        Status status = Status::ok;
        for (;;) {
            const waitqueue::Ticket ticket = waitqueue::ticket(slot.drain_seq);
            if (!slot.names(sought_)) break;
            status = end_of_patience(patience_, self_);
            if (status != Status::ok) break;
            waitqueue::sleep(slot.drain_seq, ticket, waitqueue::kEveryClass,
                             earlier(Deadline::after(nap), patience_.deadline), self_.space.scope);
            if (nap < kLongestNap) nap *= 2;
        }
        return status;
    }

    const Patience& patience_;
    WaitRecord& record_;
    Backend& self_;
    const std::uint64_t sought_;
    std::int64_t waited_ = 0;
    bool spun_ = false;
};

}  // namespace

BiasHistory after_revocation(BiasHistory history, std::int64_t now, std::int64_t cost) {
    cost = std::min(cost, kHighestCost);
    const std::uint32_t since = BiasHistory::time_of(now) - history.value;
    const std::int64_t lasted = std::int64_t{since & BiasHistory::kTimeMask} << 10;
    if (lasted * kSavingsOfTime < cost) {
        if (history.failures < BiasHistory::kMaxFailures) ++history.failures;
    } else if (history.failures > 0) {
        --history.failures;
    }
    history.value = looks_for(cost, history.failures);
    return history;
}

BiasHistory after_write(BiasHistory history, std::int64_t cost) {
    const std::uint32_t most = most_looks(history.failures);
    if (history.value > most) history.value = 0;  // see consider_bias()
    const std::uint32_t looks = kWritesBetweenLooks * looks_for(cost, history.failures);
    history.value = std::min(history.value + looks, most);
    return history;
}

void consider_bias(LockWords& lock, Backend& self) {
    const Bias wanted = self.space.policy(lock.tranche).bias;
    self.reads_until_look = wanted == Bias::always ? kReadsBetweenEagerLooks : kReadsBetweenLooks;
    const std::uint32_t worth = self.guessed_wrong ? kWorthOfContention : 1;
    self.guessed_wrong = false;
    if (wanted == Bias::off) return;
    // Elsewhere, processes may have the lock at different distances from their
    // spaces, and could not find each other's entries.
    if (self.space.scope.kind() == atomics::Scope::Kind::shared &&
        self.space.lock_at(location_of(&lock, self.base)) == nullptr) {
        return;
    }
    Word seen = lock.state.load_relaxed();
    if ((seen & ~state::kSharedMask) != 0) return;
    // While this backend holds the lock, no exclusive holding can be disowned,
    // so aux is free for the history.
    BiasHistory history = BiasHistory::unpacked(lock.aux.load_relaxed());
    // More would be a time, of somebody who could not give bias after all.
    const bool looks = history.value <= most_looks(history.failures);
    if (wanted == Bias::adaptive && looks) {
        if (history.value == 0) history.value = kFirstLooks;
        if (history.value > worth) {
            history.value -= worth;
            lock.aux.store_relaxed(history.packed());
            return;
        }
    }
    history.value = BiasHistory::time_of(atomics::monotonic_now());
    lock.aux.store_relaxed(history.packed());
    // Release: what the holders before did is seen by those who see BIASED only.
    while ((seen & ~state::kSharedMask) == 0) {
        if (!lock.state.cas_release(seen, seen | state::kBiased)) continue;
        self.believe_biased(&lock);
        self.shared_guess |= state::kBiased;
        return;
    }
}

void weigh_writes(LockWords& lock, Backend& self) {
    self.writes_until_look = kWritesBetweenLooks;
    if (self.space.policy(lock.tranche).bias != Bias::adaptive) return;
    // The lock is held exclusively, and by this backend, so aux is free for the history.
    const BiasHistory history = BiasHistory::unpacked(lock.aux.load_relaxed());
    lock.aux.store_relaxed(after_write(history, self.revocation_cost).packed());
}

Status drain(LockWords& lock, Word seen, const Patience& patience, WaitRecord& record,
             Backend& self) {
    // D: sequentially consistent, and before the look at the slots. Pairs with the
    // acquirer in Lock::take_biased(), which writes its entry before it looks
    // at the word. One of the two sees the other.
    if (!lock.state.cas_seq_cst(seen, (seen & ~state::kBiased) | state::kDraining)) {
        return Status::busy;
    }
    TrancheCounters& counters = self.space.counters(lock.tranche);
    counters.revocations.fetch_add_relaxed(1);
    const std::int64_t begun = atomics::monotonic_now();
    if (!self.space.full_fences) atomics::heavy_fence(self.space.scope.kind());
    Drain readers(lock, patience, record, self);
    const Status status = readers.run();
    if (status == Status::ok) {
        if (readers.spun()) counters.spin_acquisitions.fetch_add_relaxed(1);
        const std::int64_t now = atomics::monotonic_now();
        probe_revoked(lock, self.number, static_cast<std::uint64_t>(now - begun));
        const std::int64_t cost = std::min(now - begun - readers.waited(), kHighestCost);
        self.revocation_cost += (cost - self.revocation_cost) / 4;
        const BiasHistory history = BiasHistory::unpacked(lock.aux.load_relaxed());
        lock.aux.store_relaxed(after_revocation(history, now, cost).packed());
        return Status::ok;
    }
    seen = lock.state.load_relaxed();
    while (!lock.state.cas_relaxed(seen, (seen & ~state::kDraining) | state::kBiased)) {
    }
    // Others may have gone to sleep because of DRAINING: now one of them drains.
    release_and_wake(lock, 0, Turn::exclusive, self);
    return status;
}

bool take_drained(LockWords& lock, const Backend& self) {
    return take_drained(
        lock, self, [](Word word) { return state::is_lockable(word, Mode::exclusive); },
        [&](Word word) { return word + self.exclusive_unit; });
}

bool seems_held_by_bias(const LockWords& lock, const Backend& self) {
    const std::uint64_t sought = biased_entry(lock, self);
    const std::uint32_t used = self.space.slots_in_use();
    for (std::uint32_t number = 0; number < used; ++number) {
        if (self.space.slots()[number].names(sought)) return true;
    }
    return false;
}

void bias_was_lost(LockWords& lock, Word seen, Backend& self) {
    self.forget_biased(&lock);
    const HeldEntry entry{location_of(&lock, self.base), Mark::acquiring, Mode::shared};
    self.next->store_release(entry.packed());
    if ((seen & state::kDraining) != 0) wake_drainer(self);
}

void release_biased(LockWords& lock, std::uint32_t index, Backend& self) {
    // Looked at before the entry goes: afterwards the lock may be gone (I4).
    let_go(lock.state.load_relaxed(), index, self);
}

void disown_biased(LockWords& lock, std::uint32_t index, Backend& self) {
    // While the entry stands, nobody gets the lock exclusively.
    let_go(lock.state.fetch_add_acquire(state::kSharedOne), index, self);
}

}  // namespace lwlock::detail
