/// \file
/// A lock space of its own for one test, in memory private to the process.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

#include "lwlock/space.hpp"

namespace lwlock::tests {

class LocalSpace {
  public:
    explicit LocalSpace(const SpaceOptions& options = {}) {
        size_ = LockSpace::required_size(options);
        memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory_ == MAP_FAILED ||
            LockSpace::create_in(memory_, size_, false, options, space_) != Status::ok) {
            throw std::system_error(errno, std::generic_category(), "local lock space");
        }
    }
    ~LocalSpace() { munmap(memory_, size_); }
    LocalSpace(const LocalSpace&) = delete;
    LocalSpace& operator=(const LocalSpace&) = delete;

    const LockSpace& operator*() const { return space_; }
    const LockSpace* operator->() const { return &space_; }

  private:
    std::uint64_t size_;
    void* memory_;
    LockSpace space_;
};

/// The space of unattached threads.
inline LockSpace private_space() {
    LockSpace space;
    if (LockSpace::process_private(space) != Status::ok) {
        throw std::system_error(errno, std::generic_category(), "private lock space");
    }
    return space;
}

}  // namespace lwlock::tests
