#include "lwlock/sleep_helpers.hpp"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace lwlock::detail {
namespace {

using waitqueue::SleepResult;

constexpr std::size_t kStack = 128 * 1024;
constexpr std::int64_t kLookEvery = 1'000'000;  // nanoseconds

// The bit by which stop() reaches a helper; a backend that has the same gets a
// stray wake at worst.
constexpr std::uint32_t kHelpersBackend = 0;

// Returns early when that many milliseconds have passed, or an event came.
void await_event(int event, Deadline deadline) {
    int milliseconds = -1;
    if (!deadline.is_never()) {
        const std::int64_t left =
            (deadline.nanoseconds() - atomics::monotonic_now() + 999'999) / 1'000'000;
        milliseconds = left < 0 ? 0 : left > 60'000 ? 60'000 : static_cast<int>(left);
    }
    pollfd file{.fd = event, .events = POLLIN, .revents = 0};
    ::poll(&file, 1, milliseconds);
}

}  // namespace

Status SleepHelpers::open() {
    event_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return event_ < 0 ? Status::system_error : Status::ok;
}

void SleepHelpers::close() {
    for (unsigned i = 0; i < started_; ++i) {
        helpers_[i].sleep = nullptr;
        helpers_[i].work.post();
    }
    for (unsigned i = 0; i < started_; ++i) pthread_join(helpers_[i].thread, nullptr);
    started_ = 0;
    ::close(event_);
}

void* SleepHelpers::run(void* argument) {
    Helper& helper = *static_cast<Helper*>(argument);
    for (;;) {
        while (helper.work.wait(Deadline::never()) != atomics::SemaphoreResult::taken) {
        }
        AsyncSleep* const sleep = helper.sleep;
        if (sleep == nullptr) return nullptr;
        sleep->result = waitqueue::sleep(*sleep->word, sleep->ticket,
                                         sleep->bits | waitqueue::backend_bit(kHelpersBackend),
                                         sleep->deadline, sleep->scope);
        const int event = helper.owner->event_;
        helper.state.store_release(awake);
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
    }
}

SleepHelpers::Helper* SleepHelpers::idle_helper() {
    for (unsigned i = 0; i < started_; ++i) {
        if (helpers_[i].state.load_relaxed() == idle) return &helpers_[i];
    }
    if (started_ == kHelpers) return nullptr;
    Helper& helper = helpers_[started_];
    helper.owner = this;
    helper.work.init();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    // Signals are for the program's own threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool created = pthread_create(&helper.thread, &attributes, run, &helper) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (!created) return nullptr;
    ++started_;
    return &helper;
}

void SleepHelpers::assign(Helper& helper, AsyncSleep& sleep) {
    helper.sleep = &sleep;
    helper.state.store_relaxed(asleep);
    helper.work.post();
}

void SleepHelpers::start(AsyncSleep& sleep) {
    sleep.done = false;
    if (Helper* const helper = idle_helper()) {
        assign(*helper, sleep);
    } else {
        waiting_.add(sleep);
        sleep.done = false;
    }
}

void SleepHelpers::stop(AsyncSleep& sleep) {
    if (sleep.done) return;
    for (unsigned i = 0; i < started_; ++i) {
        Helper& helper = helpers_[i];
        if (helper.state.load_relaxed() == idle || helper.sleep != &sleep) continue;
        while (helper.state.load_acquire() != awake) {
            waitqueue::wake_backend(sleep.word->address(), kHelpersBackend, sleep.scope);
            sched_yield();
        }
        helper.state.store_relaxed(idle);
        sleep.done = true;
        return;
    }
    waiting_.remove(sleep);
    sleep.result = SleepResult::no_wake;
    sleep.done = true;
}

void SleepHelpers::take_awake(DoneList& done) {
    std::uint64_t events;
    [[maybe_unused]] const ssize_t size = read(event_, &events, sizeof events);
    for (unsigned i = 0; i < started_; ++i) {
        if (helpers_[i].state.load_acquire() != awake) continue;
        done.add(*helpers_[i].sleep);
        helpers_[i].state.store_relaxed(idle);
    }
}

// A sleep whose word has moved on would not have slept.
void SleepHelpers::look_at_waiting(DoneList& done) {
    DoneList all = waiting_;
    waiting_ = {};
    while (AsyncSleep* const sleep = all.take()) {
        if (sleep->word->load_acquire() != sleep->ticket) {
            sleep->result = SleepResult::stale;
            done.add(*sleep);
        } else if (sleep->deadline.has_passed()) {
            sleep->result = SleepResult::no_wake;
            done.add(*sleep);
        } else {
            start(*sleep);
        }
    }
}

void SleepHelpers::collect(DoneList& done, Deadline deadline) {
    const int saved = errno;
    for (;;) {
        take_awake(done);
        look_at_waiting(done);
        if (!done.empty() || deadline.has_passed()) break;
        await_event(event_,
                    waiting_.empty() ? deadline : earlier(deadline, Deadline::after(kLookEvery)));
    }
    errno = saved;
}

}  // namespace lwlock::detail
