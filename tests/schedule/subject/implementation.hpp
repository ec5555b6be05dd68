/// \file
/// A lock implementation as the search drives it. Functions that an
/// implementation lacks are never called: see supports().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lwlock/status.hpp"
#include "tests/schedule/machine/machine.hpp"
#include "tests/schedule/subject/program.hpp"

namespace lwlock::tests::schedule {

inline constexpr std::size_t kMaxLocks = 2;
inline constexpr std::size_t kMaxRequests = 4;  ///< asynchronous ones of a backend

/// Who is told of granted requests.
class Requester {
  public:
    virtual void end_of_request(std::size_t request, Status status) = 0;

  protected:
    ~Requester() = default;
};

class Implementation {
  public:
    Implementation() = default;
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;
    virtual ~Implementation() = default;

    virtual const char* name() const = 0;
    virtual bool supports(Verb verb) const = 0;
    /// Whether Program::bias makes a difference.
    virtual bool has_bias() const = 0;

    /// Tells the machine the places that the program will access.
    virtual void describe(Machine& machine, const Program& program) = 0;
    virtual LocalData thread_local_data() = 0;
    virtual bool has_other_stacks(std::size_t backend) const = 0;
    virtual void enter(std::size_t backend) = 0;
    virtual void restart() = 0;

    /// \name Operations of the current backend
    /// \{
    virtual void acquire(std::size_t lock, Mode mode) = 0;
    virtual bool try_acquire(std::size_t lock, Mode mode) = 0;
    virtual Status acquire_until(std::size_t lock, Mode mode, atomics::Deadline deadline) = 0;
    virtual Status acquire_cancellable(std::size_t lock, Mode mode, atomics::Deadline deadline) = 0;
    virtual void cancel(std::size_t backend) = 0;
    virtual void reset_cancel() = 0;
    virtual bool acquire_or_wait(std::size_t lock, Mode mode) = 0;
    virtual bool wait_for_var(std::size_t lock, std::uint64_t old_value,
                              std::uint64_t& new_value) = 0;
    virtual void update_var(std::size_t lock, std::uint64_t value) = 0;
    virtual void release(std::size_t lock) = 0;
    virtual void release_clear_var(std::size_t lock, std::uint64_t value) = 0;
    virtual void release_all() = 0;
    virtual void disown(std::size_t lock) = 0;
    virtual void release_disowned(std::size_t lock, Mode mode) = 0;
    /// Moves all that wait for the lock to another futex, and wakes them there.
    virtual void requeue(std::size_t lock) = 0;
    /// Asynchronous acquisition: see AsyncQueue. The caller numbers its requests.
    virtual Status request(std::size_t request, std::size_t lock, Mode mode,
                           Requester& requester) = 0;
    virtual bool cancel_request(std::size_t request) = 0;
    virtual std::size_t poll(atomics::Deadline deadline) = 0;
    /// \}

    /// The lock's memory.
    virtual std::span<std::byte> memory(std::size_t lock) = 0;
    /// A word by which backends of the program give each other a disowned lock.
    virtual atomics::Atomic32& baton() = 0;

    /// \name Checks: null, or what is wrong
    /// \{
    virtual const char* after_write(const Write& write) = 0;
    /// A backend has just got a lock.
    virtual const char* after_acquire(std::size_t backend, std::size_t lock, Mode mode) = 0;
    /// A backend is between operations, and holds nothing.
    virtual const char* between_operations(std::size_t backend) = 0;
    virtual const char* may_sleep(std::size_t backend, const Sleep& sleep) = 0;
    virtual const char* at_end() = 0;
    /// Whether update_var() also ends waits for a lock to get free.
    virtual bool updates_end_waits() const = 0;
    /// Whether anybody holds the lock at this moment.
    virtual bool is_held(std::size_t lock) = 0;
    /// How often a backend may be woken, at most, until it gets a lock.
    virtual std::uint32_t most_wakes(std::size_t backends) const = 0;
    /// \}

    /// See Subject::state_hash().
    virtual Hash state_hash() = 0;

    virtual std::string describe_value(const void* address, std::uint64_t value) const = 0;
    virtual std::string describe_address(const void* address) const = 0;
    virtual std::string describe_bitset(std::uint32_t bitset) const = 0;
};

/// What the library's lock sleeps on.
enum class LwlockFutexes : std::uint8_t {
    simulated,  ///< the machine's own
    emulated,   ///< the library's emulation on the machine's semaphores
    polling,    ///< likewise, with room for one sleeper: the others poll
};
std::unique_ptr<Implementation> make_lwlock(LwlockFutexes futexes);
std::unique_ptr<Implementation> make_posix_sem();

inline constexpr std::string_view kImplementations[] = {"lwlock", "lwlock_emulated",
                                                        "lwlock_polling", "posix_sem"};
/// The implementation of this name, which has to be one of kImplementations.
inline std::unique_ptr<Implementation> make_implementation(std::string_view name) {
    if (name == "posix_sem") return make_posix_sem();
    if (name == "lwlock_emulated") return make_lwlock(LwlockFutexes::emulated);
    if (name == "lwlock_polling") return make_lwlock(LwlockFutexes::polling);
    return make_lwlock(LwlockFutexes::simulated);
}

}  // namespace lwlock::tests::schedule
