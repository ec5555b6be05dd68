/// \file
/// Zeroed memory shared with the children that the process forks.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "lwlock/space.hpp"

namespace lwlock::bench {

/// Owns one anonymous shared mapping. Children that were forked while it
/// existed keep theirs when the parent unmaps.
class SharedMemory {
  public:
    /// Throws std::system_error when there is not so much, or of such pages.
    explicit SharedMemory(std::size_t bytes, Pages pages = Pages::standard)
        : bytes_(bytes == 0 ? 1 : bytes) {
        int kind = MAP_SHARED | MAP_ANONYMOUS;
        if (pages == Pages::huge) {
            constexpr std::size_t kPage = 2 * 1024 * 1024;
            bytes_ = (bytes_ + kPage - 1) / kPage * kPage;
            kind |= MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;  // log2 of its size
        }
        memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kind, -1, 0);
        if (memory_ == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "mapping shared memory");
        }
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory() { munmap(memory_, bytes_); }

    void* get() const { return memory_; }
    std::size_t size() const { return bytes_; }

  private:
    void* memory_;
    std::size_t bytes_;
};

}  // namespace lwlock::bench
