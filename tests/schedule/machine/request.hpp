/// \file
/// What a backend asks of the machine. It stops in the asking, and goes on when
/// the machine has performed it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/schedule/machine/memory.hpp"
#include "tests/schedule/seam/access.hpp"

namespace lwlock::tests::schedule {

/// Lies on the backend's stack, whose hash counts: every member is set.
struct Request {
    enum class Kind : std::uint8_t {
        load,
        store,
        modify,
        compare_exchange,
        futex_wait,
        futex_wake,
        nap,
        submit,   ///< a sleep that the kernel makes for the backend
        revoke,   ///< ends such a sleep
        collect,  ///< waits until one is over
        heavy_fence,
        pause,
        await,
        now,
        read_plain,
        write_plain,
        free_memory,
        note,
        fail,
        done,
    };

    const void* address = nullptr;
    std::uint64_t operand =
        0;  ///< to store, to add, to sleep on, bytes to free, whom a fence reaches
    std::uint64_t expected = 0;  ///< compared; of a failed compare-exchange, the value found
    std::uint64_t result = 0;    ///< loaded, or found before a modification
    std::int64_t deadline = 0;
    const std::string* text = nullptr;
    const void* key = nullptr;  ///< by which the backend knows a sleep that it submits
    Site site{nullptr, 0};
    std::uint32_t count = 0;  ///< to wake at most; of a fence, how many it has to reach after
    std::uint32_t bitset = 0;
    Kind kind;
    Order order = Order::relaxed;
    Rmw rmw = Rmw::exchange;
    std::uint8_t size = 0;
    LocationId location = kNoLocation;
    bool succeeded = false;
    std::uint16_t unused = 0;
};

}  // namespace lwlock::tests::schedule
