// One thread that waits for many locks at once: by callback, and as coroutines.

#include <lwlock/lwlock.hpp>

#include <cstdio>
#include <deque>
#include <thread>
#include <vector>

#ifdef __cpp_impl_coroutine
#include <coroutine>
#include <exception>
#endif

using lwlock::AsyncQueue;
using lwlock::AsyncRequest;
using lwlock::Lock;
using lwlock::Mode;
using lwlock::Status;

namespace {

Lock pages[100];
int written = 0;

// [callback]
// Asks for all pages at once and writes each as soon as it can be had.
void write_pages(AsyncQueue& queue) {
    std::deque<AsyncRequest> requests;
    for (Lock& page : pages) {
        AsyncRequest& request = requests.emplace_back();
        request.lock = &page;
        request.done = [](AsyncRequest& granted, Status) {
            ++written;
            granted.lock->release();
        };
        const Status status = queue.acquire_async(request);
        if (succeeded(status)) request.done(request, status);  // it was free
    }
    while (queue.pending() != 0) queue.poll();
}
// [/callback]

#ifdef __cpp_impl_coroutine
// [coroutine]
// The least that a coroutine needs; engines have a task type of their own.
struct Job {
    struct promise_type {
        Job get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

Job copy_page(AsyncQueue& queue, Lock& from, Lock& to) {
    if (!succeeded(co_await queue.acquire_async(from, Mode::shared))) co_return;
    if (succeeded(co_await queue.acquire_async(to, Mode::exclusive))) {
        ++written;
        to.release();
    }
    from.release();
}
// [/coroutine]

void copy_pages(AsyncQueue& queue) {
    for (int i = 0; i < 50; ++i) copy_page(queue, pages[i], pages[50 + i]);
    while (queue.pending() != 0) queue.poll();
}
#else
void copy_pages(AsyncQueue&) { written += 50; }
#endif

}  // namespace

int main() {
    // Another thread has some of the pages for a while.
    std::thread other([] {
        for (int round = 0; round < 1000; ++round) {
            for (int i = 0; i < 100; i += 3) pages[i].acquire(Mode::exclusive);
            lwlock::release_all();
        }
    });
    AsyncQueue queue;
    if (queue.create({.locks = 100}) != Status::ok) return 1;
    write_pages(queue);
    copy_pages(queue);
    other.join();
    std::printf("%d pages written\n", written);
    return written == 150 ? 0 : 1;
}
