#include "tests/unit/spin_hook.hpp"

#include <utility>

namespace lwlock::tests {
namespace {

thread_local const std::function<bool()>* current = nullptr;

}  // namespace

// What the linker's --wrap makes of atomics::spinning_can_pay(): calls arrive at
// the second, which has the original under the first name.
bool original_can_pay() __asm__("__real__ZN6lwlock7atomics16spinning_can_payEv");
bool wrapped_can_pay() __asm__("__wrap__ZN6lwlock7atomics16spinning_can_payEv");

bool wrapped_can_pay() { return current != nullptr ? (*current)() : original_can_pay(); }

SpinHook::SpinHook(std::function<bool()> answer) : answer_(std::move(answer)) {
    current = &answer_;
}
SpinHook::~SpinHook() { current = nullptr; }

}  // namespace lwlock::tests
