/// \file
/// State words worth trying: every combination of the edges of each field.
#pragma once

#include "lwlock/state.hpp"

namespace lwlock::tests {

/// What a word is made of.
struct Fields {
    std::uint32_t count;
    bool exclusive;
    state::Word waiters;
    bool handoff;
    bool waking;
    state::Word bias;  ///< 0, BIASED or DRAINING
    state::Word reserved;
};

constexpr state::Word word_of(const Fields& fields) {
    return fields.count | (fields.exclusive ? state::kExclusive : 0) | fields.waiters |
           (fields.handoff ? state::kHandoff : 0) | (fields.waking ? state::kWaking : 0) |
           fields.bias | fields.reserved;
}

/// Calls `check(fields, word)` for some thousands of words.
template <class Check>
void for_each_interesting_word(Check check) {
    using namespace state;
    constexpr Word kReserved = kOwnerDied | kRecovering;
    for (const Word count : {Word{0}, Word{1}, Word{2}, kMaxBackends - 1, kMaxBackends,
                             kSharedGuard - 1, kSharedGuard, kSharedGuard + 1, kSharedMask}) {
        for (const bool exclusive : {false, true}) {
            for (Word waiters = 0; waiters <= kWaitMask >> kWaitShift; ++waiters) {
                for (const bool handoff : {false, true}) {
                    for (const bool waking : {false, true}) {
                        for (const Word bias : {Word{0}, kBiased, kDraining}) {
                            for (const Word reserved : {Word{0}, kReserved}) {
                                const Fields fields{count,   exclusive, waiters << kWaitShift,
                                                    handoff, waking,    bias,
                                                    reserved};
                                check(fields, word_of(fields));
                            }
                        }
                    }
                }
            }
        }
    }
}

}  // namespace lwlock::tests
