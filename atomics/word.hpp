/// \file
/// Atomic words whose member names say the memory order.
///
/// The wrappers hold the plain integer and use the compiler's atomic builtins,
/// so that they are trivially copyable, valid when all zero, and usable in
/// memory that several processes map. This header is one of those that
/// make up the seam to the machine (word, futex, semaphore, asymmetric_fence,
/// deadline, spin, process): a test may put its own versions earlier on the
/// include path and simulate all of them.
#pragma once

#include <cstdint>
#include <type_traits>

namespace lwlock::atomics {

/// An integer of 16, 32 or 64 bits in shared or private memory.
template <typename T>
class Atomic {
    static_assert(std::is_integral_v<T> && std::is_unsigned_v<T>);
    static_assert(__atomic_always_lock_free(sizeof(T), nullptr),
                  "a word shared between processes must not need a lock");

  public:
    using Value = T;

    T load_relaxed() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
    T load_acquire() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
    T load_seq_cst() const { return __atomic_load_n(&value_, __ATOMIC_SEQ_CST); }

    void store_relaxed(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
    void store_release(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }
    void store_seq_cst(T value) { __atomic_store_n(&value_, value, __ATOMIC_SEQ_CST); }

    T exchange_seq_cst(T value) { return __atomic_exchange_n(&value_, value, __ATOMIC_SEQ_CST); }

    T fetch_add_relaxed(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_RELAXED); }
    T fetch_add_acquire(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_ACQUIRE); }
    T fetch_add_release(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_RELEASE); }
    T fetch_or_relaxed(T value) { return __atomic_fetch_or(&value_, value, __ATOMIC_RELAXED); }
    T fetch_add_seq_cst(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_or_seq_cst(T value) { return __atomic_fetch_or(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_and_seq_cst(T value) { return __atomic_fetch_and(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_and_relaxed(T value) { return __atomic_fetch_and(&value_, value, __ATOMIC_RELAXED); }
    T fetch_and_release(T value) { return __atomic_fetch_and(&value_, value, __ATOMIC_RELEASE); }

    /// Strong compare-exchange; on failure `expected` gets the value found.
    bool cas_relaxed(T& expected, T desired) {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED);
    }
    bool cas_acquire(T& expected, T desired) {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED);
    }
    bool cas_release(T& expected, T desired) {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_RELEASE,
                                           __ATOMIC_RELAXED);
    }
    bool cas_acq_rel(T& expected, T desired) {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_RELAXED);
    }
    bool cas_seq_cst(T& expected, T desired) {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED);
    }

    /// The address, for a futex call or a debugger. A futex compares the word
    /// in the kernel, so no one may be given this address to store through.
    const T* address() const { return &value_; }

  private:
    T value_{};
};

using Atomic16 = Atomic<std::uint16_t>;
using Atomic32 = Atomic<std::uint32_t>;
using Atomic64 = Atomic<std::uint64_t>;

static_assert(sizeof(Atomic32) == 4 && alignof(Atomic32) == 4);
static_assert(sizeof(Atomic64) == 8 && alignof(Atomic64) == 8);
static_assert(std::is_trivially_copyable_v<Atomic32>);

/// Keeps the compiler from moving memory accesses across this point. Emits no
/// instruction: it orders only what the same thread, or whoever looks at its
/// memory after its death, sees.
inline void compiler_barrier() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

}  // namespace lwlock::atomics
