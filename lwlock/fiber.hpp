/// \file
/// A second stack for the same thread. Internal to the library.
#pragma once

#include <ucontext.h>

#include <cstddef>

namespace lwlock::detail {

/// Runs a function until it switches back, and goes on there the next time. Zero
/// before start(); does not move.
class Fiber {
  public:
    /// `body` never returns. It runs at the first enter().
    void start(void* stack, std::size_t size, void (*body)(void*), void* argument);
    bool started() const { return body_ != nullptr; }
    void destroy();

    /// From the thread's own stack.
    void enter();
    /// From the fiber.
    void leave();

  private:
    static void trampoline(unsigned low, unsigned high);

    ucontext_t inside_;
    ucontext_t outside_;
    void (*body_)(void*);
    void* argument_;
    // What ThreadSanitizer knows the two stacks by.
    [[maybe_unused]] void* sanitizer_inside_;
    [[maybe_unused]] void* sanitizer_outside_;
};

}  // namespace lwlock::detail
