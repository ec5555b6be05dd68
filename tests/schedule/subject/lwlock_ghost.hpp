/// \file
/// What the changes of a state word say about who did what: whose units are in
/// the count, and who owns the hand-off.
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

struct Ghost {
    struct Word {
        std::size_t handoff_owner = kMaxBackends;
        std::uint32_t handoff = 0;  ///< number of the hand-off that is set; 0 for none
        std::uint32_t handoffs = 0;
    };

    enum class Progress : std::uint8_t { nothing, disowns, releases_disowned };

    std::array<std::array<Units, kMaxLocks>, kMaxBackends> units{};
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
        std::int64_t added = static_cast<std::int64_t>(state::shared_count(after)) -
                             static_cast<std::int64_t>(state::shared_count(before));
        // While EXCLUSIVE is set, the count has the holder's number + 1 in it.
        const auto number = static_cast<std::int64_t>(backend) + 1;
        const bool taken = !state::is_exclusive(before) && state::is_exclusive(after);
        const bool left = state::is_exclusive(before) && !state::is_exclusive(after);
        if (taken) {
            if (!state::is_free(before)) return "takes a held lock exclusively (I1)";
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
        own.shared = static_cast<std::uint32_t>(own.shared + added);
        if (disowned_release && (left || added < 0)) progress = Progress::nothing;
        if (taken || added > 0) own.added_under = word.handoff;
        return nullptr;
    }

    // A unit that was added while another's hand-off was set may stay only if
    // that hand-off has ended.
    const char* check_not_barged(std::size_t backend, std::size_t lock, Mode mode) const {
        const Units& own = units[backend][lock];
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
        return nullptr;
    }

    /// The backend is about to disown what it holds. A shared holding is
    /// disowned by its slot alone, an exclusive one by a change of the word.
    void disown(std::size_t backend, std::size_t lock) {
        if (units[backend][lock].exclusive) {
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
            }
            hash = mix(hash, words[lock].handoff_owner << 2 | (words[lock].handoff != 0 ? 1u : 0u) |
                                 (disowned[lock].exclusive ? 2u : 0u));
            hash = mix(hash, disowned[lock].shared);
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
};

}  // namespace lwlock::tests::schedule
