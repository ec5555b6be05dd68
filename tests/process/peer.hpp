/// \file
/// Backends in other processes.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/child.hpp"
#include "tests/support/shared_block.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {

/// A child process that attaches to a space that it inherited, runs a function
/// and detaches.
class Peer {
  public:
    Peer(const LockSpace& space, const std::function<void()>& body)
        : space_(space), child_([&, this] {
              EXPECT_EQ(space.attach(), Status::ok);
              number_plus_one_->store_release(my_backend() + 1);
              body();
              EXPECT_EQ(detach(), Status::ok);
          }) {}
    ~Peer() {
        if (child_.pid() > 0) child_.join();
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    BackendNumber backend() const {
        await("the peer is attached", [this] { return number_plus_one_->load_acquire() != 0; });
        return number_plus_one_->load_acquire() - 1;
    }
    void await_waiting() const { tests::await_waiting(space_, backend()); }
    void join() { child_.join(); }
    Child& child() { return child_; }

  private:
    LockSpace space_;
    SharedBlock<atomics::Atomic32> number_plus_one_;
    Child child_;
};

/// Attaches the calling thread for as long as it lives.
class Attachment {
  public:
    explicit Attachment(const LockSpace& space) { EXPECT_EQ(space.attach(), Status::ok); }
    ~Attachment() { EXPECT_EQ(detach(), Status::ok); }
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;
};

/// A shared space with one lock, a variable and a number in its user memory.
struct Shared {
    Lock lock;
    Variable variable;
    std::uint64_t number;
};

inline LockSpace anonymous_space(std::uint32_t backends = 16) {
    LockSpace space;
    EXPECT_EQ(LockSpace::create_anonymous(
                  {.backends = backends, .locks = 64, .user_bytes = sizeof(Shared)}, space),
              Status::ok);
    return space;
}

inline Shared& shared_of(const LockSpace& space) {
    return *static_cast<Shared*>(space.user_memory());
}

}  // namespace lwlock::tests
