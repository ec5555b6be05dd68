/// \file
/// Stands in for the library's atomics/word.hpp: the same members, each of them
/// a step of the simulated machine. Found first on the include path.
#pragma once

#include <cstdint>
#include <type_traits>

#include "tests/schedule/seam/access.hpp"

namespace lwlock::atomics {

/// An integer of 16, 32 or 64 bits in simulated memory. The member holds the newest value.
template <typename T>
class Atomic {
    static_assert(std::is_integral_v<T> && std::is_unsigned_v<T>);
    using Order = tests::schedule::Order;
    using Rmw = tests::schedule::Rmw;
    using Site = tests::schedule::Site;

  public:
    using Value = T;

    T load_relaxed(Site site = Site::here()) const { return load(Order::relaxed, site); }
    T load_acquire(Site site = Site::here()) const { return load(Order::acquire, site); }
    T load_seq_cst(Site site = Site::here()) const { return load(Order::seq_cst, site); }

    void store_relaxed(T value, Site site = Site::here()) { store(value, Order::relaxed, site); }
    void store_release(T value, Site site = Site::here()) { store(value, Order::release, site); }
    void store_seq_cst(T value, Site site = Site::here()) { store(value, Order::seq_cst, site); }

    T exchange_seq_cst(T value, Site site = Site::here()) {
        return modify(Rmw::exchange, value, Order::seq_cst, site);
    }
    T fetch_add_relaxed(T value, Site site = Site::here()) {
        return modify(Rmw::add, value, Order::relaxed, site);
    }
    T fetch_add_acquire(T value, Site site = Site::here()) {
        return modify(Rmw::add, value, Order::acquire, site);
    }
    T fetch_add_release(T value, Site site = Site::here()) {
        return modify(Rmw::add, value, Order::release, site);
    }
    T fetch_add_seq_cst(T value, Site site = Site::here()) {
        return modify(Rmw::add, value, Order::seq_cst, site);
    }
    T fetch_or_relaxed(T value, Site site = Site::here()) {
        return modify(Rmw::bit_or, value, Order::relaxed, site);
    }
    T fetch_or_seq_cst(T value, Site site = Site::here()) {
        return modify(Rmw::bit_or, value, Order::seq_cst, site);
    }
    T fetch_and_relaxed(T value, Site site = Site::here()) {
        return modify(Rmw::bit_and, value, Order::relaxed, site);
    }
    T fetch_and_release(T value, Site site = Site::here()) {
        return modify(Rmw::bit_and, value, Order::release, site);
    }
    T fetch_and_seq_cst(T value, Site site = Site::here()) {
        return modify(Rmw::bit_and, value, Order::seq_cst, site);
    }

    bool cas_relaxed(T& expected, T desired, Site site = Site::here()) {
        return exchange_if(expected, desired, Order::relaxed, site);
    }
    bool cas_acquire(T& expected, T desired, Site site = Site::here()) {
        return exchange_if(expected, desired, Order::acquire, site);
    }
    bool cas_release(T& expected, T desired, Site site = Site::here()) {
        return exchange_if(expected, desired, Order::release, site);
    }
    bool cas_acq_rel(T& expected, T desired, Site site = Site::here()) {
        return exchange_if(expected, desired, Order::acq_rel, site);
    }
    bool cas_seq_cst(T& expected, T desired, Site site = Site::here()) {
        return exchange_if(expected, desired, Order::seq_cst, site);
    }

    const T* address() const { return &value_; }

  private:
    T load(Order order, Site site) const {
        return static_cast<T>(tests::schedule::simulated_load(&value_, sizeof(T), order, site));
    }
    void store(T value, Order order, Site site) {
        tests::schedule::simulated_store(&value_, sizeof(T), value, order, site);
    }
    T modify(Rmw operation, T operand, Order order, Site site) {
        return static_cast<T>(
            tests::schedule::simulated_rmw(&value_, sizeof(T), operation, operand, order, site));
    }
    bool exchange_if(T& expected, T desired, Order order, Site site) {
        std::uint64_t wide = expected;
        const bool done =
            tests::schedule::simulated_cas(&value_, sizeof(T), wide, desired, order, site);
        expected = static_cast<T>(wide);
        return done;
    }

    T value_{};
};

using Atomic16 = Atomic<std::uint16_t>;
using Atomic32 = Atomic<std::uint32_t>;
using Atomic64 = Atomic<std::uint64_t>;

static_assert(sizeof(Atomic32) == 4 && alignof(Atomic32) == 4);
static_assert(sizeof(Atomic64) == 8 && alignof(Atomic64) == 8);
static_assert(std::is_trivially_copyable_v<Atomic32>);

/// Orders nothing between backends, so nothing happens here.
inline void compiler_barrier() {}

}  // namespace lwlock::atomics
