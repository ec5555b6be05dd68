/// \file
/// What is put through the search: a lock implementation, a program for each
/// backend, and what must hold at every step.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/schedule/machine/memory.hpp"

namespace lwlock::tests::schedule {

/// A store or read-modify-write of a backend, just done.
struct Write {
    std::size_t backend;
    const void* address;
    std::uint64_t before;
    std::uint64_t after;
};

/// A sleep of a backend, or of the kernel for it.
struct Sleep {
    const void* word;
    std::uint64_t expected;
    std::uint32_t bitset;
    std::int64_t deadline;
    std::int64_t length;  ///< at most, as it was meant when it began
    bool submitted;       ///< by a backend that goes on meanwhile
};

/// The pieces of a subject's thread-local data; the sizes are multiples of 8.
using LocalData = std::array<std::span<std::byte>, 2>;

class Subject {
  public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    /// The thread-local data of the implementation; the machine exchanges it
    /// when it changes backends.
    virtual LocalData thread_local_data() = 0;
    /// Fills it for a backend at the start of a schedule.
    virtual void enter(std::size_t backend) = 0;

    /// Whether the program of a backend also runs on stacks of its own making.
    virtual bool has_other_stacks(std::size_t backend) const = 0;

    /// Before every schedule; shared locations are reset by the machine.
    virtual void restart() = 0;
    /// The program of a backend. Runs in its fiber.
    virtual void run(std::size_t backend) = 0;

    /// Of everything that its code and checks keep outside of the stacks, the
    /// thread-local data and the shared locations.
    virtual Hash state_hash() = 0;

    /// \name Checks: null, or what is wrong
    /// \{
    virtual const char* after_write(const Write& write) = 0;
    /// Nobody can run: may this sleep of the backend go on?
    virtual const char* may_sleep(std::size_t backend, const Sleep& sleep) = 0;
    /// Everybody has finished.
    virtual const char* at_end() = 0;
    /// \}

    /// \name For people
    /// \{
    virtual std::string describe(const void* address, std::uint64_t value) const = 0;
    virtual std::string describe_address(const void* address) const = 0;
    virtual std::string describe_bitset(std::uint32_t bitset) const = 0;
    /// \}
};

}  // namespace lwlock::tests::schedule
