/// \file
/// What the changes of a state word say about who did what: whose units are in
/// the count, and who owns the hand-off or drains the lock. And what the slots
/// say about who holds it by bias.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lwlock/state.hpp"
#include "lwlock/status.hpp"
#include "tests/schedule/machine/machine.hpp"
#include "tests/schedule/subject/implementation.hpp"

namespace lwlock::tests::schedule {

/// What a word holds for one backend.
struct Units {
    std::uint32_t shared = 0;
    bool exclusive = false;
    /// Which hand-off kept others out when the last unit was added; 0 for none.
    std::uint32_t added_under = 0;
};

/// What a slot says of one lock.
struct Biased {
    std::uint32_t named = 0;         ///< entries that say biased
    std::uint32_t held = 0;          ///< of these, acquisitions that have returned
    std::uint32_t leaves_under = 0;  ///< the drain that the release going on cannot but see
    bool owes_wake = false;          ///< an entry went, DRAINING was seen, the drainer was not told
};

struct Ghost {
    struct Word {
        std::size_t drainer = kMaxBackends;
        std::uint32_t drain = 0;  ///< number of the drain that goes on; 0 for none
        std::uint32_t drains = 0;
        std::size_t handoff_owner = kMaxBackends;
        std::uint32_t handoff = 0;  ///< number of the hand-off that is set; 0 for none
        std::uint32_t handoffs = 0;
    };

    enum class Progress : std::uint8_t { nothing, disowns, disowns_biased, releases_disowned };

    std::array<std::array<Units, kMaxLocks>, kMaxBackends> units{};
    std::array<std::array<Biased, kMaxLocks>, kMaxBackends> biased{};
    std::array<Word, kMaxLocks> words{};
    std::array<Units, kMaxLocks> disowned{};
    std::array<std::array<Progress, kMaxLocks>, kMaxBackends> progresses{};
    bool freed = false;

    const char* state_changed(std::size_t backend, std::size_t lock, state::Word before,
                              state::Word after) {
        Progress& progress = progresses[backend][lock];
        const bool disowned_release = progress == Progress::releases_disowned;
        Units& own = disowned_release ? disowned[lock] : units[backend][lock];
        Word& word = words[lock];
        if (const char* wrong = handoff_changed(backend, word, before, after)) return wrong;
        if (const char* wrong = bias_changed(backend, lock, before, after)) return wrong;
        std::int64_t added = static_cast<std::int64_t>(state::shared_count(after)) -
                             static_cast<std::int64_t>(state::shared_count(before));
        // While EXCLUSIVE is set, the count has the holder's number + 1 in it.
        const auto number = static_cast<std::int64_t>(backend) + 1;
        const bool taken = !state::is_exclusive(before) && state::is_exclusive(after);
        const bool left = state::is_exclusive(before) && !state::is_exclusive(after);
        if (taken) {
            // DRAINING is this backend's own, or bias_changed() has found fault.
            if (!state::is_free(before & ~state::kDraining)) {
                return "takes a held lock exclusively (I1)";
            }
            own.exclusive = true;
            added -= number;
        } else if (left) {
            if (!own.exclusive) return "clears EXCLUSIVE of another backend (I1)";
            own.exclusive = false;
            if (!disowned_release) added += number;
        } else if (progress == Progress::disowns && own.exclusive) {
            added += number;
            disowned[lock].exclusive = true;
            own.exclusive = false;
            progress = Progress::nothing;
        }
        if (added < 0 && own.shared < static_cast<std::uint32_t>(-added)) {
            return "takes more off the shared count than it has in it (I1)";
        }
        if (progress == Progress::disowns_biased && added == 1) {
            ++disowned[lock].shared;
            progress = Progress::nothing;
            return nullptr;
        }
        own.shared = static_cast<std::uint32_t>(own.shared + added);
        if (disowned_release && (left || added < 0)) progress = Progress::nothing;
        if (taken || added > 0) own.added_under = word.handoff;
        return nullptr;
    }

    // A unit that was added while another's hand-off was set may stay only if
    // that hand-off has ended.
    // Biased holders may pass a hungry waiter until it drains the lock.
    const char* check_not_barged(std::size_t backend, std::size_t lock, Mode mode,
                                 state::Word now) const {
        const Units& own = units[backend][lock];
        if (mode == Mode::shared && own.shared == 0 && biased[backend][lock].held != 0) {
            return (now & (state::kBiased | state::kDraining)) != 0
                       ? nullptr
                       : "holds a lock by bias that has none (I1)";
        }
        if (mode == Mode::exclusive ? !own.exclusive : own.shared == 0) {
            return "got a lock whose word does not say so (I1)";
        }
        const Word& word = words[lock];
        const bool passed =
            word.handoff != 0 && own.added_under == word.handoff && word.handoff_owner != backend;
        return passed ? "takes the lock past the hungry waiter (I5)" : nullptr;
    }

    const char* check_left(std::size_t backend, std::size_t lock) {
        Progress& progress = progresses[backend][lock];
        if (progress == Progress::releases_disowned) {
            progress = Progress::nothing;
            return "did not release the disowned lock (I1)";
        }
        const Units& own = units[backend][lock];
        if (own.exclusive || own.shared != 0) return "has left a unit in the word (I1)";
        if (words[lock].handoff != 0 && words[lock].handoff_owner == backend) {
            return "has left its hand-off set (I5)";
        }
        if (words[lock].drainer == backend) return "has left DRAINING set";
        return check_told(backend, lock);
    }

    /// Whoever leaves a lock that is being drained tells the drainer before it
    /// does anything else that takes time.
    const char* check_told(std::size_t backend, std::size_t lock) const {
        return biased[backend][lock].owes_wake
                   ? "has left a lock that is being drained, and not told the drainer"
                   : nullptr;
    }

    /// The backend's slot has changed: so many entries say biased now, and
    /// `seen` is what it last saw of the word.
    void slot_changed(std::size_t backend, std::size_t lock, std::uint32_t named,
                      state::Word seen) {
        Biased& own = biased[backend][lock];
        if (named < own.named && (must_see(own, lock) || (seen & state::kDraining) != 0)) {
            own.owes_wake = true;
        }
        own.named = named;
        if (own.held > named) own.held = named;
    }
    /// Whether a release that began under a drain still goes on under the same.
    bool must_see(const Biased& own, std::size_t lock) const {
        return own.leaves_under != 0 && own.leaves_under == words[lock].drain;
    }
    void told_drainer(std::size_t backend) {
        for (Biased& own : biased[backend]) own.owes_wake = false;
    }

    /// The backend is about to disown what it holds. A shared holding is
    /// disowned by its slot alone, an exclusive or biased one by a change of the word.
    void disown(std::size_t backend, std::size_t lock) {
        if (biased[backend][lock].held != 0) {
            progresses[backend][lock] = Progress::disowns_biased;
        } else if (units[backend][lock].exclusive) {
            progresses[backend][lock] = Progress::disowns;
        } else {
            ++disowned[lock].shared;
            --units[backend][lock].shared;
        }
    }
    void release_disowned(std::size_t backend, std::size_t lock) {
        progresses[backend][lock] = Progress::releases_disowned;
    }

    Hash mix_into(Hash hash, std::size_t backends, std::size_t locks) const {
        for (std::size_t lock = 0; lock < locks; ++lock) {
            for (std::size_t i = 0; i < backends; ++i) {
                const Units& own = units[i][lock];
                const bool kept_out = own.added_under == words[lock].handoff;
                hash = mix(hash, std::uint64_t{own.shared} << 8 | (own.exclusive ? 1u : 0u) |
                                     (kept_out ? 2u : 0u) |
                                     static_cast<unsigned>(progresses[i][lock]) << 2);
                const Biased& b = biased[i][lock];
                hash = mix(hash, std::uint64_t{b.named} << 32 | b.held << 2 |
                                     (must_see(b, lock) ? 1u : 0u) | (b.owes_wake ? 2u : 0u));
            }
            hash = mix(hash, words[lock].handoff_owner << 2 | (words[lock].handoff != 0 ? 1u : 0u) |
                                 (disowned[lock].exclusive ? 2u : 0u));
            hash = mix(hash, std::uint64_t{disowned[lock].shared} << 32 | words[lock].drainer);
        }
        return hash;
    }

  private:
    static const char* handoff_changed(std::size_t backend, Word& word, state::Word before,
                                       state::Word after) {
        const bool was_set = (before & state::kHandoff) != 0;
        const bool is_set = (after & state::kHandoff) != 0;
        if (!was_set && is_set) {
            word.handoff = ++word.handoffs;
            word.handoff_owner = backend;
        } else if (was_set && !is_set) {
            if (word.handoff_owner != backend) return "clears the hand-off of another (I5)";
            word.handoff = 0;
            word.handoff_owner = kMaxBackends;
        }
        return nullptr;
    }

    const char* bias_changed(std::size_t backend, std::size_t lock, state::Word before,
                             state::Word after) {
        Word& word = words[lock];
        const bool lost = (before & ~after & state::kBiased) != 0;
        const bool got = (after & ~before & state::kBiased) != 0;
        const bool drains = (after & ~before & state::kDraining) != 0;
        const bool drained = (before & ~after & state::kDraining) != 0;
        if (lost != drains) return "does not turn BIASED into DRAINING in one step";
        if (drains) {
            word.drainer = backend;
            word.drain = ++word.drains;
        }
        if (drained && word.drainer != backend) return "clears DRAINING of another";
        if (got && !drained && units[backend][lock].shared == 0) {
            return "gives bias without being counted";
        }
        if (state::is_exclusive(after) && (after & (state::kBiased | state::kDraining)) != 0) {
            return "leaves the lock biased and held exclusively (I1)";
        }
        if ((after & state::kBiased) != 0 && (after & state::kDraining) != 0) {
            return "gives bias to a lock that is being drained";
        }
        if (drained) {
            word.drainer = kMaxBackends;
            word.drain = 0;
        }
        if (state::is_exclusive(before) || !state::is_exclusive(after)) return nullptr;
        for (const auto& slot : biased) {
            if (slot[lock].held != 0) return "takes a lock that is held by bias (I1)";
        }
        return nullptr;
    }
};

}  // namespace lwlock::tests::schedule
