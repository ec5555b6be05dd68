/// \file
/// Asynchronous requests of tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "lwlock/lwlock.hpp"

namespace lwlock::tests {

/// A request that notes how it ended.
struct Wish : AsyncRequest {
    explicit Wish(
        Lock& of, Mode with = Mode::exclusive, std::function<void(Wish&)> then = [](Wish&) {})
        : on_end(std::move(then)) {
        lock = &of;
        mode = with;
        done = [](AsyncRequest& request, Status how) {
            auto& self = static_cast<Wish&>(request);
            self.status = how;
            self.on_end(self);
        };
    }
    Status status = Status::busy;
    std::function<void(Wish&)> on_end;
};

/// What `then` usually does.
inline void release(Wish& wish) {
    EXPECT_TRUE(succeeded(wish.status)) << describe(wish.status);
    wish.lock->release();
}

}  // namespace lwlock::tests
