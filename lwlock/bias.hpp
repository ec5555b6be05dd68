/// \file
/// Read bias: shared holders that only their slots know of. Internal to the library.
///
/// While a lock is BIASED, a shared acquirer writes its entry of the held-lock
/// table and looks at the word; seeing BIASED it holds the lock, and has written
/// nothing that other backends read. Whoever wants the lock exclusively turns
/// BIASED into DRAINING, makes every backend pass a fence, and waits until no
/// slot names the lock as held by bias any more.
///
/// The idea is BRAVO's (Dice and Kogan, 2019), with the held-lock tables as its
/// table of visible readers; the fence in place of the readers' own is folly's
/// and liburcu's.
#pragma once

#include <cstdint>

#include "lwlock/lock.hpp"
#include "lwlock/waiting.hpp"
#include "lwlock/wake.hpp"

namespace lwlock::detail {

/// How bias did lately: what LockWords::aux holds unless an exclusive holding is
/// disowned. Times are in units of 1,024 ns modulo 2^27, some two minutes.
struct BiasHistory {
    /// While BIASED or DRAINING, when bias was given; else how many looks
    /// (consider_bias()) have to find it missing before it is given again, 0 when
    /// nothing is known.
    std::uint32_t value = 0;
    std::uint32_t failures = 0;  ///< how often it did not pay, 0 to kMaxFailures

    static constexpr int kTimeBits = 27;
    static constexpr std::uint32_t kTimeMask = (1u << kTimeBits) - 1;
    static constexpr std::uint32_t kMaxFailures = 15;

    static constexpr std::uint32_t time_of(std::int64_t nanoseconds) {
        return static_cast<std::uint32_t>(nanoseconds >> 10) & kTimeMask;
    }
    // The lowest bit stays clear: it marks disowned holdings.
    constexpr std::uint32_t packed() const { return value << 5 | failures << 1; }
    static constexpr BiasHistory unpacked(std::uint32_t bits) {
        return {.value = bits >> 5, .failures = bits >> 1 & kMaxFailures};
    }
};

/// What the reads between two looks would save by bias where nobody contends for the
/// word, and a margin of four: 4 ns each, of some 16. Bias stays away until such savings
/// could have repaid a revocation: its fence and its look at the slots, not its wait for
/// readers, which a lock that counts them makes as well.
inline constexpr std::int64_t kCostOfALook = 512;  // nanoseconds
/// So many looks is one worth where CPUs contend for the word: there each read saves
/// transfers of its line as well.
inline constexpr std::uint32_t kWorthOfContention = 4;
/// Looks before a lock gets bias of which nothing is known.
inline constexpr std::uint32_t kFirstLooks = 8;
/// Bias has not paid when even so many times the time that it lasted is less than what
/// its revocation cost: a read under bias saves several times what it takes. Each time
/// that it has not doubles the reads that have to come first.
inline constexpr std::int64_t kSavingsOfTime = 4;
/// Higher costs count as this one, for the room in LockWords::aux.
inline constexpr std::int64_t kHighestCost = 1'000'000;  // nanoseconds

/// How many looks have to find bias missing after a revocation of that cost.
constexpr std::uint32_t looks_for(std::int64_t cost, std::uint32_t failures) {
    return static_cast<std::uint32_t>(1 + cost / kCostOfALook) << failures;
}
constexpr std::uint32_t most_looks(std::uint32_t failures) {
    return looks_for(kHighestCost, failures);
}
static_assert(most_looks(BiasHistory::kMaxFailures) <= BiasHistory::kTimeMask);
static_assert(std::uint64_t{1 + kWritesBetweenLooks} * most_looks(BiasHistory::kMaxFailures) <=
                  UINT32_MAX,
              "what a weighed write adds to the looks cannot wrap");

/// The history after a revocation at `now` that cost `cost`, in nanoseconds.
BiasHistory after_revocation(BiasHistory history, std::int64_t now, std::int64_t cost);
/// The history after an exclusive acquisition that stands for as many as are between two
/// that are weighed, each of which would have had to revoke bias at that cost.
BiasHistory after_write(BiasHistory history, std::int64_t cost);

/// Turns BIASED, which `seen` has, into DRAINING and waits until no biased
/// holder is left. On success the caller owns DRAINING and has to clear it, at
/// the latest by release_and_wake(lock, state::kDraining, ...).
/// \return ok, busy (the word has changed: look again), or why the wait ended;
/// then the lock is biased as before.
Status drain(LockWords& lock, state::Word seen, const Patience& patience, WaitRecord& record,
             Backend& self);

/// Whether any slot names the lock as held by bias. Without a fence: no answer
/// but yes can be relied upon.
bool seems_held_by_bias(const LockWords& lock, const Backend& self);

/// Exclusive acquisition after drain(): takes the lock if `lockable(word)`,
/// leaving `taken(word)`, both of the word without DRAINING; and clears DRAINING
/// either way.
template <class Lockable, class Taken>
bool take_drained(LockWords& lock, const Backend& self, Lockable lockable, Taken taken) {
    state::Word seen = lock.state.load_relaxed();
    while (lockable(seen & ~state::kDraining)) {
        if (lock.state.cas_acquire(seen, taken(seen & ~state::kDraining))) return true;
    }
    release_and_wake(lock, state::kDraining, Turn::exclusive, self);
    return false;
}
/// The same for whoever has not waited in the queue.
bool take_drained(LockWords& lock, const Backend& self);
/// Releases the biased holding in entry `index`.
void release_biased(LockWords& lock, std::uint32_t index, Backend& self);
/// Turns the biased holding in entry `index` into a counted one that no entry names.
void disown_biased(LockWords& lock, std::uint32_t index, Backend& self);

}  // namespace lwlock::detail
