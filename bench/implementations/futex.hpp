/// \file
/// The library itself, in a shared lock space: `futex`, and variants of it for
/// the scenarios about single locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "bench/implementations/implementation.hpp"
#include "lwlock/lwlock.hpp"

namespace lwlock::bench {

/// `Variant` has a name, whose futexes it uses, and the policy of its locks.
template <class Variant>
struct FutexImplementation {
    static constexpr const char* kName = Variant::kName;
    static constexpr Futexes kFutexes = Variant::kFutexes;
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = true;

    using Lock = lwlock::Lock;
    static constexpr std::uint16_t kTranche = 0;

    class World {
      public:
        World(unsigned backends, std::size_t user_bytes, Pages pages = Pages::standard) {
            check(LockSpace::create_anonymous({.backends = backends,
                                               .user_bytes = user_bytes,
                                               .futexes = kFutexes,
                                               .pages = pages},
                                              space_),
                  "creating a lock space");
            space_.set_tranche_policy(kTranche, Variant::kPolicy);
        }
        World(const World&) = delete;
        World& operator=(const World&) = delete;
        ~World() { space_.unmap(); }

        void* user_memory() const { return space_.user_memory(); }
        void attach(unsigned /*number*/) const { check(space_.attach(), "attaching"); }
        void detach() const { check(lwlock::detach(), "detaching"); }

        const LockSpace& space() const { return space_; }

      private:
        static void check(Status status, const char* what) {
            if (!succeeded(status)) {
                throw std::runtime_error(std::string("futex: ") + what + ": " + describe(status));
            }
        }

        LockSpace space_;
    };

    static void init(Lock& lock) { lock.init(kTranche); }
    [[gnu::always_inline]] static bool acquire(Lock& lock, Mode mode) { return lock.acquire(mode); }
    static bool try_acquire(Lock& lock, Mode mode) { return lock.try_acquire(mode); }
    [[gnu::always_inline]] static void release(Lock& lock, Mode /*mode*/) { lock.release(); }
};

namespace futex_variants {
struct Standard {
    static constexpr const char* kName = "futex";
    static constexpr Futexes kFutexes = Futexes::automatic;
    static constexpr TranchePolicy kPolicy = {};
};
struct Emulated : Standard {
    static constexpr const char* kName = "futex_emulated";
    static constexpr Futexes kFutexes = Futexes::emulated;
};
struct Unbiased : Standard {
    static constexpr const char* kName = "futex_unbiased";
    static constexpr TranchePolicy kPolicy = {.bias = Bias::off};
};
struct Biased : Standard {
    static constexpr const char* kName = "futex_biased";
    static constexpr TranchePolicy kPolicy = {.bias = Bias::always};
};
struct PreferringWriters : Standard {
    static constexpr const char* kName = "futex_preferring_writers";
    static constexpr TranchePolicy kPolicy = {.preference = Preference::writers};
};
}  // namespace futex_variants

using Futex = FutexImplementation<futex_variants::Standard>;
using FutexEmulated = FutexImplementation<futex_variants::Emulated>;
using FutexUnbiased = FutexImplementation<futex_variants::Unbiased>;
using FutexBiased = FutexImplementation<futex_variants::Biased>;
using FutexPreferringWriters = FutexImplementation<futex_variants::PreferringWriters>;
static_assert(Implementation<Futex> && Implementation<FutexEmulated>);

}  // namespace lwlock::bench
