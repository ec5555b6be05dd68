/// \file
/// The bytes of a fuzzer as a sequence of choices. When they are used up,
/// every choice is 0 and empty() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lwlock::tests::fuzz {

class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

    bool empty() const { return left_ == 0; }

    /// An integer of as many bytes as T has, or of those that are left.
    template <class T>
    T take() {
        T value = 0;
        const std::size_t bytes = left_ < sizeof value ? left_ : sizeof value;
        std::memcpy(&value, data_, bytes);
        data_ += bytes;
        left_ -= bytes;
        return value;
    }
    /// 0 to limit - 1.
    std::uint32_t below(std::uint32_t limit) {
        return (limit <= 256 ? take<std::uint8_t>() : take<std::uint32_t>()) % limit;
    }
    /// Nanoseconds, up to a quarter of a second: long enough for every kind of
    /// second look that a waiter takes, and not for too many of them.
    std::int64_t time() { return take<std::uint32_t>() >> 4; }
    bool flip() { return (take<std::uint8_t>() & 1) != 0; }

  private:
    const std::uint8_t* data_;
    std::size_t left_;
};

}  // namespace lwlock::tests::fuzz
