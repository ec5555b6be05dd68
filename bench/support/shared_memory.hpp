/// \file
/// Zeroed memory shared with the children that the process forks.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace lwlock::bench {

/// Owns one anonymous shared mapping. Children that were forked while it
/// existed keep theirs when the parent unmaps.
class SharedMemory {
  public:
    explicit SharedMemory(std::size_t bytes) : bytes_(bytes == 0 ? 1 : bytes) {
        memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
