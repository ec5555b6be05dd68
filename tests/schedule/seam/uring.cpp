// The seam where io_uring is: the machine sleeps for the backend.

#include "lwlock/uring.hpp"

#include "tests/schedule/machine/machine.hpp"

namespace lwlock::detail {

using atomics::FutexResult;
using tests::schedule::Completion;
using tests::schedule::Machine;
using waitqueue::SleepResult;

namespace {

SleepResult result_of(FutexResult result) {
    switch (result) {
        case FutexResult::woken: return SleepResult::woken;
        case FutexResult::stale: return SleepResult::stale;
        case FutexResult::interrupted:
        case FutexResult::timed_out: break;
    }
    return SleepResult::no_wake;
}

void drain_completions(DoneList& done) {
    Completion completion{};
    while (Machine::running()->take_completion(completion)) {
        auto& sleep = *static_cast<AsyncSleep*>(const_cast<void*>(completion.key));
        sleep.result = result_of(completion.result);
        done.add(sleep);
    }
}

}  // namespace

void Uring::start(AsyncSleep& sleep) {
    unsubmitted_.add(sleep);
    sleep.done = false;
}

void Uring::submit() {
    while (AsyncSleep* const sleep = unsubmitted_.take()) {
        Machine::running()->submit_sleep(sleep, sleep->word->address(), sleep->ticket, sleep->bits,
                                         sleep->deadline.nanoseconds());
    }
}

void Uring::stop(AsyncSleep& sleep) {
    if (sleep.done) return;
    submit();
    Machine::running()->revoke_sleep(&sleep);
    drain_completions(stopped_);
    stopped_.remove(sleep);
}

void Uring::collect(DoneList& done, Deadline deadline) {
    submit();
    while (AsyncSleep* const sleep = stopped_.take()) done.add(*sleep);
    Machine::running()->collect_sleeps(done.empty() ? deadline.nanoseconds() : 0);
    drain_completions(done);
}

}  // namespace lwlock::detail
