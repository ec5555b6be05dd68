#include "tests/schedule/machine/fiber.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <cstdint>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#define LWLOCK_FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LWLOCK_FIBER_ASAN 1
#endif
#endif

#ifdef LWLOCK_FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace lwlock::tests::schedule {

namespace context = boost::context::detail;

struct Fiber::State {
    static constexpr std::size_t kStack = std::size_t{256} << 10;
    static constexpr std::size_t kCleared = 4096;

    std::unique_ptr<std::byte[]> stack;
    context::fcontext_t handle = nullptr;
    Entry entry = nullptr;
    void* argument = nullptr;
    // The bounds that AddressSanitizer wants to be told; the searching thread's
    // are learned at its first switch.
    const void* bottom = nullptr;
    std::size_t size = 0;
    void* fake_stack = nullptr;

    static void arrive(context::transfer_t transfer, [[maybe_unused]] State& here) {
        State& from = *static_cast<State*>(transfer.data);
        from.handle = transfer.fctx;
#ifdef LWLOCK_FIBER_ASAN
        __sanitizer_finish_switch_fiber(here.fake_stack, &from.bottom, &from.size);
#endif
    }
    static State* starting;

    static void begin(context::transfer_t transfer) {
        State& self = *starting;
        arrive(transfer, self);
        self.entry(self.argument);
        __builtin_trap();
    }
};

Fiber::State* Fiber::State::starting = nullptr;

Fiber::Fiber() : state_(std::make_unique<State>()) {}
Fiber::~Fiber() = default;

void Fiber::restart(Entry entry, void* argument) {
    State& state = *state_;
    if (!state.stack) state.stack = std::make_unique_for_overwrite<std::byte[]>(State::kStack);
    state.bottom = state.stack.get();
    state.size = State::kStack;
    state.fake_stack = nullptr;
    state.entry = entry;
    state.argument = argument;
#ifdef LWLOCK_FIBER_ASAN
    __asan_unpoison_memory_region(state.stack.get(), State::kStack);
#endif
    // What the last run left behind would make equal stacks differ.
    std::memset(state.stack.get() + State::kStack - State::kCleared, 0, State::kCleared);
    state.handle =
        context::make_fcontext(state.stack.get() + State::kStack, State::kStack, &State::begin);
}

void Fiber::change(Fiber& from, Fiber& to) {
    State& leaving = *from.state_;
    State& entering = *to.state_;
    State::starting = &entering;
#ifdef LWLOCK_FIBER_ASAN
    __sanitizer_start_switch_fiber(&leaving.fake_stack, entering.bottom, entering.size);
#endif
    const context::transfer_t transfer = context::jump_fcontext(entering.handle, &leaving);
    State::arrive(transfer, leaving);
}

bool Fiber::owns(const void* address) const {
    const auto offset = reinterpret_cast<std::uintptr_t>(address) -
                        reinterpret_cast<std::uintptr_t>(state_->stack.get());
    return offset < State::kStack;
}

Hash Fiber::stack_hash() const {
    // A context is where its stack ends, below the registers that it saved.
    const auto begin = reinterpret_cast<std::uintptr_t>(state_->handle) / 8 * 8;
    const auto top = reinterpret_cast<std::uintptr_t>(state_->stack.get()) + State::kStack;
    return mix_words(0, reinterpret_cast<const void*>(begin), top - begin);
}

}  // namespace lwlock::tests::schedule
