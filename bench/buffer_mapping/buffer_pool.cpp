#include "bench/buffer_mapping/buffer_pool.hpp"

#include <stdexcept>

#include "bench/baselines/spin_delay.hpp"

namespace lwlock::bench {

namespace bs = buffer_state;
using baselines::SpinDelay;

namespace {

std::uint32_t wait_while_locked(const atomics::Atomic32& state) {
    SpinDelay delay;
    std::uint32_t seen;
    while (((seen = state.load_relaxed()) & bs::kLocked) != 0) delay.pause();
    return seen;
}

}  // namespace

void BufferPool::pin(Buffer buffer) const {
    atomics::Atomic32& state = at(buffer).state;
    std::uint32_t seen = state.load_relaxed();
    std::uint32_t wanted;
    do {
        if ((seen & bs::kLocked) != 0) [[unlikely]]
            seen = wait_while_locked(state);
        wanted = seen + bs::kPin;
        if ((seen & bs::kUseMask) < bs::kMaxUse) wanted += bs::kUse;
    } while (!state.cas_acq_rel(seen, wanted));
}

void BufferPool::unpin(Buffer buffer) const {
    atomics::Atomic32& state = at(buffer).state;
    std::uint32_t seen = state.load_relaxed();
    do {
        if ((seen & bs::kLocked) != 0) [[unlikely]]
            seen = wait_while_locked(state);
    } while (!state.cas_acq_rel(seen, seen - bs::kPin));
}

std::uint32_t BufferPool::lock_header(Buffer buffer) const {
    atomics::Atomic32& state = at(buffer).state;
    std::uint32_t seen = state.load_relaxed();
    do {
        if ((seen & bs::kLocked) != 0) [[unlikely]]
            seen = wait_while_locked(state);
    } while (!state.cas_acquire(seen, seen | bs::kLocked));
    return seen | bs::kLocked;
}

Buffer BufferPool::pin_victim() const {
    for (std::uint32_t pinned_in_a_row = 0; pinned_in_a_row < count_;) {
        const auto buffer = static_cast<Buffer>(hand_->fetch_add_relaxed(1) % count_);
        const std::uint32_t state = lock_header(buffer);
        if ((state & bs::kPinMask) != 0) {
            unlock_header(buffer, state);
            ++pinned_in_a_row;
        } else if ((state & bs::kUseMask) != 0) {
            unlock_header(buffer, state - bs::kUse);
            pinned_in_a_row = 0;
        } else {
            unlock_header(buffer, state + bs::kPin);
            return buffer;
        }
    }
    throw std::runtime_error("every buffer is pinned; use a larger pool");
}

bool BufferPool::retag(Buffer victim, const BufferTag& tag) const {
    const std::uint32_t state = lock_header(victim);
    const bool alone = (state & bs::kPinMask) == bs::kPin;
    if (alone) {
        at(victim).tag = tag;
        unlock_header(victim, bs::kTagValid | bs::kUse | bs::kPin);
    } else {
        unlock_header(victim, state);
    }
    return alone;
}

}  // namespace lwlock::bench
