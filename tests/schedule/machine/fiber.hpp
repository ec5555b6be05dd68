/// \file
/// A stack of its own for every simulated backend, and the switch between them.
#pragma once

#include <cstddef>
#include <memory>

#include "tests/schedule/machine/hash.hpp"

namespace lwlock::tests::schedule {

/// Where a context stands while another one runs. The thread that searches is
/// one too: the one without a stack of its own.
class Fiber {
  public:
    using Entry = void (*)(void* argument);

    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Makes the fiber begin anew in `entry`, which must not return. Whatever
    /// it was in the middle of is forgotten, without unwinding.
    void restart(Entry entry, void* argument);

    /// Leaves the running context, `from`, and goes on in `to`. Returns when
    /// somebody switches back to `from`.
    static void change(Fiber& from, Fiber& to);

    /// Whether this is an address on its stack.
    bool owns(const void* address) const;

    /// Hash of everything on the stack of this fiber, which does not run, its
    /// saved registers included. While that is equal, it goes on in the same
    /// way, if nothing else differs.
    Hash stack_hash() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lwlock::tests::schedule
