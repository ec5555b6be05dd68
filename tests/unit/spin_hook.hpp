/// \file
/// Decides for the library whether spinning can pay, and does something at that
/// moment: just before somebody who waits looks once more.
#pragma once

#include <functional>

namespace lwlock::tests {

/// While it lives, atomics::spinning_can_pay() in the calling thread asks `answer`.
/// The unit tests are linked with --wrap for that.
class SpinHook {
  public:
    explicit SpinHook(std::function<bool()> answer);
    ~SpinHook();
    SpinHook(const SpinHook&) = delete;
    SpinHook& operator=(const SpinHook&) = delete;

  private:
    const std::function<bool()> answer_;
};

}  // namespace lwlock::tests
