/// \file
/// Memory for a lock space, between pages that nobody may touch.
#pragma once

#include <cstddef>

namespace lwlock::tests::fuzz {

class GuardedMemory {
  public:
    explicit GuardedMemory(std::size_t bytes);
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;
    ~GuardedMemory();

    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }  ///< whole pages

    /// Zeroes everything.
    void clear();
    /// Shows the content of a memory file, without writing to it; everything
    /// beyond `available` bytes may not be touched.
    void show(int descriptor, std::size_t available);
    void set_writable(bool writable);

  private:
    std::size_t size_;
    std::byte* data_;
    std::size_t shown_;      // mapped, in whole pages
    std::size_t available_;  // of it, what may be touched
};

}  // namespace lwlock::tests::fuzz
