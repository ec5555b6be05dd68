/// \file
/// The library's asynchronous acquisition under the search: a queue for each backend
/// that asks so.
#pragma once

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <new>
#include <stdexcept>

#include "lwlock/async_core.hpp"
#include "lwlock/lwlock.hpp"
#include "tests/schedule/subject/implementation.hpp"

namespace lwlock::tests::schedule {

class AsyncQueues {
  public:
    AsyncQueues() = default;
    ~AsyncQueues() { forget(); }
    AsyncQueues(const AsyncQueues&) = delete;
    AsyncQueues& operator=(const AsyncQueues&) = delete;

    void describe(const Program& program) {
        used_ = {};
        for (std::size_t i = 0; i < program.backends.size(); ++i) {
            used_[i] = is_asynchronous(program.backends[i]);
        }
    }
    bool used_by(std::size_t backend) const { return used_[backend]; }

    void restart() {
        forget();
        for (std::size_t i = 0; i < used_.size(); ++i) {
            if (!used_[i]) continue;
            const AsyncOptions options{.locks = kMaxLocks, .means = AsyncMeans::io_uring};
            if (owners_[i].queue.create(options) != Status::ok) {
                throw std::runtime_error("cannot create an AsyncQueue");
            }
        }
    }

    Status request(std::size_t backend, std::size_t number, Lock& lock, Mode mode,
                   Requester& requester) {
        Owner& owner = owners_[backend];
        owner.requester = &requester;
        AsyncRequest& request = owner.requests[number];
        request.lock = &lock;
        request.mode = mode;
        request.context = &owner;
        request.done = [](AsyncRequest& ended, Status status) {
            const Owner& of = *static_cast<Owner*>(ended.context);
            of.requester->end_of_request(static_cast<std::size_t>(&ended - of.requests.data()),
                                         status);
        };
        return owner.queue.acquire_async(request);
    }
    bool cancel(std::size_t backend, std::size_t number) {
        return owners_[backend].queue.cancel(owners_[backend].requests[number]);
    }
    std::size_t poll(std::size_t backend, atomics::Deadline deadline) {
        return owners_[backend].queue.poll(deadline);
    }
    std::size_t pending(std::size_t backend) const { return owners_[backend].queue.pending(); }

  private:
    struct Owner {
        AsyncQueue queue;
        std::array<AsyncRequest, kMaxRequests> requests;
        Requester* requester = nullptr;
    };

    // The last schedule may have ended anywhere: nothing is cancelled, the queues are
    // just gone.
    void forget() {
        for (Owner& owner : owners_) {
            auto* const core = core_of(owner.queue);
            if (core != nullptr) munmap(core, core->bytes());
            new (&owner) Owner();
        }
    }
    static detail::AsyncCore* core_of(AsyncQueue& queue) {
        static_assert(sizeof(AsyncQueue) == sizeof(detail::AsyncCore*));
        return *reinterpret_cast<detail::AsyncCore**>(&queue);
    }

    std::array<bool, kMaxBackends> used_{};
    std::array<Owner, kMaxBackends> owners_;
};

}  // namespace lwlock::tests::schedule
