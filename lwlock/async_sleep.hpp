/// \file
/// One sleep on a futex word that a thread does not make itself. Internal to the
/// library.
#pragma once

#include <time.h>

#include <cstdint>

#include "waitqueue/eventcount.hpp"

namespace lwlock::detail {

using atomics::Deadline;

/// Lies still from start() until it is done.
struct AsyncSleep {
    const atomics::Atomic32* word = nullptr;
    waitqueue::Ticket ticket = 0;
    std::uint32_t bits = 0;
    Deadline deadline;
    atomics::Scope scope = atomics::Scope::process;

    waitqueue::SleepResult result = waitqueue::SleepResult::no_wake;  ///< once it is done
    bool done = true;
    AsyncSleep* next = nullptr;  ///< in a list of those that are done
    timespec time = {};          ///< the deadline, as the kernel reads it
};

/// Those that are done, in that order.
class DoneList {
  public:
    void add(AsyncSleep& sleep) {
        sleep.done = true;
        sleep.next = nullptr;
        (last_ == nullptr ? first_ : last_->next) = &sleep;
        last_ = &sleep;
    }
    AsyncSleep* take() {
        AsyncSleep* const first = first_;
        if (first == nullptr) return nullptr;
        first_ = first->next;
        if (first_ == nullptr) last_ = nullptr;
        return first;
    }
    /// Does nothing when it is not in the list.
    void remove(AsyncSleep& sleep) {
        AsyncSleep* before = nullptr;
        for (AsyncSleep* at = first_; at != nullptr; before = at, at = at->next) {
            if (at != &sleep) continue;
            (before == nullptr ? first_ : before->next) = sleep.next;
            if (last_ == &sleep) last_ = before;
            return;
        }
    }
    bool empty() const { return first_ == nullptr; }

  private:
    AsyncSleep* first_ = nullptr;
    AsyncSleep* last_ = nullptr;
};

}  // namespace lwlock::detail
