/// \file
/// What a backend of `contended` does.
#pragma once

#include <cstdint>

#include "bench/support/contest.hpp"

namespace lwlock::bench {

/// A backend's work until it is told to stop.
template <Implementation I, bool kObserved>
void compete(const Contest& contest, unsigned backend, LonelyLock<I>* locks, Protected* data,
             Arena& arena, Session& session) {
    Dice dice(backend + 1);
    const auto exclusive_below = static_cast<std::uint32_t>(contest.exclusive / 100 * UINT32_MAX);
    std::uint64_t done = 0;
    while (arena.stop.load_relaxed() == 0) {
        const std::uint32_t number = dice.throw_once() % contest.locks;
        const bool exclusive = contest.exclusive == 100 || dice.throw_once() < exclusive_below;
        typename I::Lock& lock = locks[number].lock;
        if (exclusive) {
            session.template acquire<I, kObserved>(lock, number, Mode::exclusive);
            data[number].change(contest.critical);
            I::release(lock, Mode::exclusive);
        } else {
            session.template acquire<I, kObserved>(lock, number, Mode::shared);
            data[number].read(contest.critical);
            I::release(lock, Mode::shared);
        }
        session.show_progress(++done);
        contest.outside();
    }
    arena.acquisitions()[backend].store_relaxed(done);
}

}  // namespace lwlock::bench
