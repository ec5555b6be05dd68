#include "lwlock/fiber.hpp"

#include <cstdint>

#if defined(__SANITIZE_THREAD__)
#define LWLOCK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LWLOCK_TSAN 1
#endif
#endif
#ifdef LWLOCK_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace lwlock::detail {

void Fiber::start(void* stack, std::size_t size, void (*body)(void*), void* argument) {
    body_ = body;
    argument_ = argument;
    getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack;
    inside_.uc_stack.ss_size = size;
    inside_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // The arguments are ints by makecontext()'s interface.
    makecontext(&inside_, reinterpret_cast<void (*)()>(trampoline), 2, static_cast<unsigned>(self),
                static_cast<unsigned>(self >> 32));
#ifdef LWLOCK_TSAN
    sanitizer_inside_ = __tsan_create_fiber(0);
#endif
}

void Fiber::destroy() {
#ifdef LWLOCK_TSAN
    if (started()) __tsan_destroy_fiber(sanitizer_inside_);
#endif
}

void Fiber::trampoline(unsigned low, unsigned high) {
    auto* const self = reinterpret_cast<Fiber*>(std::uintptr_t{high} << 32 | std::uintptr_t{low});
    self->body_(self->argument_);
    __builtin_unreachable();
}

void Fiber::enter() {
#ifdef LWLOCK_TSAN
    sanitizer_outside_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(sanitizer_inside_, 0);
#endif
    swapcontext(&outside_, &inside_);
}

void Fiber::leave() {
#ifdef LWLOCK_TSAN
    __tsan_switch_to_fiber(sanitizer_outside_, 0);
#endif
    swapcontext(&inside_, &outside_);
}

}  // namespace lwlock::detail
