// The C interface to asynchronous acquisition.

#include <limits.h>
#include <stddef.h>

#include <algorithm>
#include <cstddef>

#include "lwlock/async.hpp"
#include "lwlock/c_api.hpp"

using lwlock::AsyncMeans;
using lwlock::AsyncOptions;
using lwlock::AsyncQueue;
using lwlock::AsyncRequest;
using lwlock::Lock;
using lwlock::Mode;
using lwlock::Status;
using lwlock::detail::c;
using lwlock::detail::cpp;
using lwlock::detail::noted;

static_assert(sizeof(AsyncQueue) == sizeof(lwlock_async_queue_t));
static_assert(alignof(AsyncQueue) == alignof(lwlock_async_queue_t));
static_assert(sizeof(AsyncRequest) == sizeof(lwlock_async_request_t::opaque));
static_assert(LWLOCK_ASYNC_IO_URING == static_cast<int>(AsyncMeans::io_uring));
static_assert(LWLOCK_ASYNC_THREADS == static_cast<int>(AsyncMeans::threads));

namespace {

AsyncQueue& cpp(lwlock_async_queue_t* queue) { return *reinterpret_cast<AsyncQueue*>(queue); }
const AsyncQueue& cpp(const lwlock_async_queue_t* queue) {
    return *reinterpret_cast<const AsyncQueue*>(queue);
}

// The request that the queue knows lies in the caller's, and points back to it.
AsyncRequest& inner(lwlock_async_request_t* request) {
    auto* const bytes =
        reinterpret_cast<std::byte*>(request) + offsetof(lwlock_async_request_t, opaque);
    return *reinterpret_cast<AsyncRequest*>(bytes);
}

void call_done(AsyncRequest& request, Status status) {
    auto* const outer = static_cast<lwlock_async_request_t*>(request.context);
    outer->done(outer, c(status));
}

}  // namespace

extern "C" {

int lwlock_async_create(const lwlock_async_options_t* options, lwlock_async_queue_t* queue) {
    if (options == nullptr) return c(cpp(queue).create());
    return c(cpp(queue).create(
        {.locks = options->locks, .means = static_cast<AsyncMeans>(options->means)}));
}

int lwlock_async_destroy(lwlock_async_queue_t* queue) { return c(cpp(queue).destroy()); }

int lwlock_async_acquire(lwlock_async_queue_t* queue, lwlock_async_request_t* request) {
    AsyncRequest& own = inner(request);
    if (own.link.line == nullptr) {  // one that is pending stays as it is
        const bool complete = request->mode <= LWLOCK_SHARED && request->done != nullptr;
        own.lock = reinterpret_cast<Lock*>(request->lock);
        own.mode = complete ? static_cast<Mode>(request->mode) : Mode::exclusive;
        own.done = complete ? call_done : nullptr;
        own.context = request;
    }
    return c(cpp(queue).acquire_async(own));
}

int lwlock_async_cancel(lwlock_async_queue_t* queue, lwlock_async_request_t* request) {
    return cpp(queue).cancel(inner(request)) ? 1 : 0;
}

int lwlock_async_poll(lwlock_async_queue_t* queue, int64_t deadline) {
    if (!cpp(queue).is_mine()) return c(noted(Status::bad_argument, "AsyncQueue::poll"));
    const size_t ended = cpp(queue).poll(lwlock::Deadline::at(deadline));
    return static_cast<int>(std::min<size_t>(ended, INT_MAX));
}

size_t lwlock_async_pending(const lwlock_async_queue_t* queue) { return cpp(queue).pending(); }

int lwlock_async_means(const lwlock_async_queue_t* queue) {
    return static_cast<int>(cpp(queue).means());
}

int lwlock_async_descriptor(const lwlock_async_queue_t* queue) { return cpp(queue).descriptor(); }

}  // extern "C"
