#include "tests/origins/broken_kernel.hpp"

#include "atomics/futex.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::Scope;

constexpr std::uintptr_t kPage = 4096;
constexpr std::uintptr_t kNeighbours = 16;

KernelFault current = KernelFault::none;

}  // namespace

// What the linker's --wrap makes of the two functions: calls arrive at
// __wrap_..., and __real_... is the original.
std::uint32_t real_wake(
    const std::uint32_t* word, std::uint32_t count, Scope scope,
    std::uint32_t bitset) __asm__("__real__ZN6lwlock7atomics10futex_wakeEPKjjNS0_5ScopeEj");
std::uint32_t wrapped_wake(
    const std::uint32_t* word, std::uint32_t count, Scope scope,
    std::uint32_t bitset) __asm__("__wrap__ZN6lwlock7atomics10futex_wakeEPKjjNS0_5ScopeEj");
std::uint32_t
real_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to, std::uint32_t move, Scope scope) __asm__(
    "__real__ZN6lwlock7atomics13futex_requeueERKNS0_6AtomicIjEEjS4_jNS0_5ScopeE");
std::uint32_t
wrapped_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to, std::uint32_t move, Scope scope) __asm__(
    "__wrap__ZN6lwlock7atomics13futex_requeueERKNS0_6AtomicIjEEjS4_jNS0_5ScopeE");

std::uint32_t wrapped_wake(const std::uint32_t* word, std::uint32_t count, Scope scope,
                           std::uint32_t bitset) {
    if (scope != Scope::shared || current == KernelFault::none) {
        return real_wake(word, count, scope, bitset);
    }
    if (current == KernelFault::wakes_are_lost) return 0;
    // All pages of a group have one list, in which somebody else may stand first.
    const auto address = reinterpret_cast<std::uintptr_t>(word);
    std::uint32_t woken = 0;
    for (std::uintptr_t step = 1; step <= kNeighbours && woken < count; ++step) {
        const std::uintptr_t group = address / (kPage * kNeighbours) * (kPage * kNeighbours);
        const std::uintptr_t other =
            group + (address - group + step * kPage) % (kPage * kNeighbours);
        woken +=
            real_wake(reinterpret_cast<const std::uint32_t*>(other), count - woken, scope, bitset);
    }
    return woken;
}

std::uint32_t wrapped_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to,
                              std::uint32_t move, Scope scope) {
    if (scope == Scope::shared && current == KernelFault::wakes_are_lost) return 0;
    return real_requeue(from, wake, to, move, scope);
}

void break_kernel(KernelFault fault) { current = fault; }

}  // namespace lwlock::tests
