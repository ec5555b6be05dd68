/// \file
/// An eventcount: sleeping and waking on one futex word, without semaphores.
///
/// A waiter takes a ticket(), looks at its condition once more, and sleeps on
/// the ticket. A waker changes the condition, advance()s the word and wakes. A
/// waiter whose ticket is older than the advance does not sleep at all, so no
/// wake is lost between the look and the sleep.
///
/// Waiters of several classes share the word: each sleeps under a class bit,
/// and a wake names the classes it is for (FUTEX_WAKE_BITSET).
///
/// The scheme is Dmitry Vyukov's eventcount; docs/memory-ordering.md has the
/// argument why no wake is lost, and what it asks of the kernel.
#pragma once

#include <cstdint>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "atomics/word.hpp"

namespace lwlock::waitqueue {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::Scope;

/// Set of wait classes; the owner of the word numbers them from bit 0.
using ClassSet = std::uint32_t;

/// Bits 0 to 7 of the futex bitset are wait classes, the other 24 address
/// single waiters: wake_backend() meets only the waiters of one backend in 24.
inline constexpr int kClassBits = 8;
inline constexpr ClassSet kEveryClass = (1u << kClassBits) - 1;
inline constexpr std::uint32_t kBackendBits = 32 - kClassBits;

/// The futex bit of a backend.
constexpr std::uint32_t backend_bit(std::uint32_t backend) {
    return 1u << (kClassBits + backend % kBackendBits);
}

/// What the word said; sleep() compares it.
using Ticket = std::uint32_t;

enum class SleepResult : std::uint8_t {
    woken,    ///< a wake for this class was consumed, or a stray one; its duties pass to the waiter
    stale,    ///< the word advanced after the ticket was taken; the same duties as woken
    no_wake,  ///< a signal handler ran or the deadline passed; nothing was consumed
};

/// Acquire, so that a look at the condition after it cannot be older than an
/// advance() that the ticket includes.
inline Ticket ticket(const Atomic32& word) { return word.load_acquire(); }

/// Sleeps until a wake for one of `bits` (classes, and the backend_bit() of a
/// waiter that may be woken alone), `deadline`, or a signal handler.
SleepResult sleep(const Atomic32& word, Ticket ticket, std::uint32_t bits, Deadline deadline,
                  Scope scope);

/// Makes every ticket taken so far stale. What was changed before it is seen by
/// whoever takes a later ticket. Sequentially consistent: whoever counts itself
/// before it sleeps on an older ticket is seen by a look after the advance.
inline void advance(Atomic32& word) { word.fetch_add_seq_cst(1); }

/// Wakes up to `count` sleepers of `classes`; returns how many. May be called
/// on an address whose memory is gone.
std::uint32_t wake(const std::uint32_t* address, std::uint32_t count, ClassSet classes,
                   Scope scope);

/// Wakes the sleepers that gave this backend's futex bit, whatever their class.
/// To all but that backend it is a stray wake.
std::uint32_t wake_backend(const std::uint32_t* address, std::uint32_t backend, Scope scope);

}  // namespace lwlock::waitqueue
