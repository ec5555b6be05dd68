/// \file
/// What a backend of `read_mostly` does.
#pragma once

#include <cstdint>

#include "bench/support/contest.hpp"

namespace lwlock::bench {

/// How many shared acquisitions come before the next exclusive one: any number
/// up to twice the mean. Drawn only after an exclusive one, so that shared ones,
/// which can be as short as two stores, have nothing beside them.
class Pauses {
  public:
    explicit Pauses(double percent)
        : most_(percent == 0 ? 0 : static_cast<std::uint64_t>(2 * (100 / percent - 1))) {}

    std::uint64_t draw(Dice& dice) const {
        return most_ == 0 ? UINT64_MAX : dice.throw_once() % (most_ + 1);
    }

  private:
    std::uint64_t most_;  ///< 0: there are no exclusive ones
};

/// Reads until it is told to stop. The data is checked, as everywhere: a reader
/// whose lock is nothing but two stores is worth a look.
template <Implementation I>
void read_mostly(const Contest& contest, unsigned backend, LonelyLock<I>* locks, Protected* data,
                 Arena& arena, Session& session) {
    constexpr unsigned kAtOnce = 64;  // acquisitions between two looks at the world
    const Pauses pauses(contest.exclusive);
    Dice dice(backend + 1);
    std::uint64_t until_exclusive = pauses.draw(dice);
    std::uint64_t done = 0;
    typename I::Lock& lock = locks->lock;
    while (arena.stop.load_relaxed() == 0) {
        for (unsigned each = 0; each < kAtOnce; ++each) {
            if (until_exclusive-- != 0) [[likely]] {
                I::acquire(lock, Mode::shared);
                data->read(contest.critical);
                I::release(lock, Mode::shared);
            } else {
                I::acquire(lock, Mode::exclusive);
                data->change(contest.critical);
                I::release(lock, Mode::exclusive);
                until_exclusive = pauses.draw(dice);
            }
        }
        session.show_progress(done += kAtOnce);
    }
    arena.acquisitions()[backend].store_relaxed(done);
}

}  // namespace lwlock::bench
