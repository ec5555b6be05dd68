/// \file
/// The buffer descriptors and their clock sweep, after PostgreSQL 9.6 to 18.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atomics/word.hpp"
#include "bench/buffer_mapping/buffer_tag.hpp"

namespace lwlock::bench {

/// Number of a buffer, from 0.
using Buffer = std::uint32_t;
inline constexpr Buffer kNoBuffer = UINT32_MAX;

/// Says which page a buffer holds. `state` packs the pin count (18 bits), the
/// usage count (4 bits), and the flags below; pins are taken and given back by
/// compare-exchange, which waits while the header is locked.
struct alignas(64) BufferDescriptor {
    /// Changes only under the header lock, and while its changer's pin is the only one.
    BufferTag tag;
    atomics::Atomic32 state;
    /// Which of the buffer's two table entries is in the table; for who evicts alone.
    std::uint32_t entry;
};
static_assert(sizeof(BufferDescriptor) == 64);

namespace buffer_state {
inline constexpr std::uint32_t kPin = 1;
inline constexpr std::uint32_t kPinMask = (1u << 18) - 1;
inline constexpr std::uint32_t kUse = 1u << 18;
inline constexpr std::uint32_t kUseMask = 15u << 18;
inline constexpr std::uint32_t kMaxUse = 5 * kUse;
inline constexpr std::uint32_t kLocked = 1u << 22;    ///< the header lock, a spinlock
inline constexpr std::uint32_t kTagValid = 1u << 25;  ///< the buffer holds the page `tag`
}  // namespace buffer_state

/// A view of descriptors in shared memory; owns nothing.
class BufferPool {
  public:
    /// `hand` is the clock hand: zeroed, in the same memory.
    BufferPool(BufferDescriptor* descriptors, std::uint32_t count, atomics::Atomic64* hand)
        : descriptors_(descriptors), count_(count), hand_(hand) {}

    std::uint32_t count() const { return count_; }
    BufferDescriptor& at(Buffer buffer) const { return descriptors_[buffer]; }

    /// Pins, and counts a use.
    void pin(Buffer buffer) const;
    void unpin(Buffer buffer) const;

    /// Pins a buffer that nobody uses, chosen by the clock sweep. Throws
    /// std::runtime_error when every buffer is pinned.
    Buffer pin_victim() const;

    /// \return the state, with kLocked set
    std::uint32_t lock_header(Buffer buffer) const;
    void unlock_header(Buffer buffer, std::uint32_t state) const {
        at(buffer).state.store_release(state & ~buffer_state::kLocked);
    }

    /// Gives a victim its new page and a use count of one, if the caller's pin
    /// is the only one. \return whether it was
    bool retag(Buffer victim, const BufferTag& tag) const;

  private:
    BufferDescriptor* descriptors_;
    std::uint32_t count_;
    atomics::Atomic64* hand_;
};

}  // namespace lwlock::bench
