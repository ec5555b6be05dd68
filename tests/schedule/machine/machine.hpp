/// \file
/// The simulated machine: backends that run one at a time, a scheduling point
/// before each of their steps, weak memory, futexes and a clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "tests/schedule/machine/chooser.hpp"
#include "tests/schedule/machine/fiber.hpp"
#include "tests/schedule/machine/memory.hpp"
#include "tests/schedule/machine/places.hpp"
#include "tests/schedule/machine/request.hpp"
#include "tests/schedule/machine/sleepers.hpp"
#include "tests/schedule/machine/subject.hpp"
#include "tests/schedule/machine/submissions.hpp"
#include "tests/schedule/machine/trace.hpp"

namespace lwlock::tests::schedule {

inline constexpr std::size_t kMaxBackends = 8;

/// How a schedule ended.
struct Outcome {
    enum class Kind : std::uint8_t { finished, cut_short, failed };
    Kind kind = Kind::finished;
    std::string failure;
    std::size_t steps = 0;
};

class Machine {
  public:
    /// Accesses of a backend within its scope are plain ones: for checks.
    class Outside {
      public:
        explicit Outside(Machine& machine) : machine_(machine) { running_ = nullptr; }
        ~Outside() { running_ = &machine_; }
        Outside(const Outside&) = delete;
        Outside& operator=(const Outside&) = delete;

      private:
        Machine& machine_;
    };

    /// The current backend is in a futex call that is emulated, by other requests.
    class EmulatedCall {
      public:
        EmulatedCall(Machine& machine, const Request& request) : machine_(machine) {
            machine_.threads_[machine_.current_].emulated = &request;
            machine_.threads_[machine_.current_].slept_at = machine_.now_;
        }
        ~EmulatedCall() { machine_.threads_[machine_.current_].emulated = nullptr; }
        EmulatedCall(const EmulatedCall&) = delete;
        EmulatedCall& operator=(const EmulatedCall&) = delete;

      private:
        Machine& machine_;
    };

    Machine() = default;
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// The machine whose backend runs at this moment; null when none does.
    static Machine* running() { return running_; }

    /// Forgets all places and starts to describe another program.
    void describe(Subject& subject, std::size_t backends);
    Places& places() { return places_; }
    Memory& memory() { return memory_; }
    /// Plain data that the lock under test protects.
    LocationId add_plain(std::string name);
    void set_spinning_pays(bool pays) { spinning_pays_ = pays; }
    bool spinning_pays() const { return spinning_pays_; }

    /// Runs one schedule. The trace may be null.
    Outcome run(Chooser& chooser, Trace* trace);

    /// \name For the program of a backend
    /// \{
    std::size_t current() const { return current_; }
    std::size_t backends() const { return backends_; }
    /// Performs the request, and maybe steps of others before it.
    void ask(Request& request);
    [[noreturn]] void fail(const std::string& what);
    bool traced() const { return trace_ != nullptr; }
    void note(const std::string& what);
    std::uint64_t read_plain(LocationId location);
    void write_plain(LocationId location, std::uint64_t value);
    /// Waits, invisibly to the implementation, until the word is not 0.
    void await(const void* address, Site site = Site::here());
    /// Has every other backend execute a fence, one after the other.
    void heavy_fence();
    /// Sleeps for so many nanoseconds, or until a signal.
    void nap(std::int64_t nanoseconds);
    /// \name Sleeps that the kernel makes for the backend, which goes on meanwhile
    /// \{
    void submit_sleep(const void* key, const void* word, std::uint32_t expected,
                      std::uint32_t bitset, std::int64_t deadline);
    /// Ends one, if it is not over, and collects all that are.
    void revoke_sleep(const void* key);
    /// Waits until one is over, the deadline, or a signal, and collects all that are.
    void collect_sleeps(std::int64_t deadline);
    /// One of those collected, which is no step. \return false when there is none
    bool take_completion(Completion& completion);
    /// \}
    /// From now on nobody may access these bytes.
    void free_memory(const void* begin, std::size_t bytes);
    /// How often a futex call of the backend has returned from a wake.
    std::uint32_t wakes(std::size_t backend) const { return threads_[backend].wakes; }
    /// The simulated time.
    std::int64_t time() const { return now_; }
    std::uint32_t stray_wakes(std::size_t backend) const { return threads_[backend].stray_wakes; }
    /// How many loads of the backend returned a value that was not the newest.
    std::uint32_t stale_loads(std::size_t backend) const { return threads_[backend].stale_loads; }
    /// \}

  private:
    enum class Status : std::uint8_t { ready, paused, asleep, done };

    struct Thread {
        Machine* machine = nullptr;
        Fiber fiber;
        Request* request = nullptr;  ///< not performed yet, unless it sleeps
        const Request* emulated = nullptr;
        Status status = Status::ready;
        bool started = false;
        bool request_over = false;  ///< it slept or paused, and has not been told that it may go on
        atomics::FutexResult result = atomics::FutexResult::woken;
        Hash hash = 0;              ///< of all that it has read, and so of all that it has done
        Hash stack_hash = 0;        ///< of its stack and thread-local data; 0 when it has changed
        std::int64_t slept_at = 0;  ///< when it last went to sleep
        std::uint32_t wakes = 0;
        std::uint32_t stale_loads = 0;
        std::uint32_t stray_wakes = 0;
        bool has_other_stacks = false;
        Hash values = 0;  ///< of all that the machine has answered; for one with other stacks
        std::vector<Completion> completions;
        std::vector<std::byte> local_data;
    };
    struct Ended {};

    static void start_backend(void* thread);

    // Scheduling (schedule.cpp).
    void prepare();
    void go_on_for_ever();
    std::size_t pick();
    std::size_t collect_options();
    bool can_run(std::size_t backend) const;
    void check_sleepers();
    Sleep sleep_of(std::size_t backend) const;
    const char* check_sleeps(std::size_t backend);
    void apply(const Option& option);
    void wake(const Sleeper& sleeper, atomics::FutexResult result);
    void tick();
    void resume();
    void exchange_local_data(std::size_t backend);
    Hash stack_hash(std::size_t backend);
    Hash state_hash();
    [[noreturn]] void end(Outcome::Kind kind, std::string failure = {});
    [[noreturn]] void fail_current(const std::string& what);

    // Performing requests (perform.cpp). False when the backend stops in it.
    bool perform(Request& request);
    bool is_step(const Request& request);
    void load(Request& request);
    void store(Request& request);
    void modify(Request& request);
    void compare_exchange(Request& request);
    bool futex_wait(Request& request);
    bool would_not_sleep(const Request& request, atomics::FutexResult& result);
    void finish_futex_wait(const Request& request, atomics::FutexResult result);
    void futex_wake(Request& request);
    void fall_asleep(std::uint32_t bitset, std::int64_t deadline);
    void hand_on(const Sleeper& sleeper);
    void heavy_fence(const Request& request);
    void await(const Request& request);
    void free_memory(const Request& request);

    // Sleeps that the kernel makes for a backend (submit.cpp).
    void submit(const Request& request);
    void revoke(const Request& request);
    bool collect(const Request& request);
    bool gather_completions();
    void complete(const Sleeper& sleeper, atomics::FutexResult result);
    Hash mix_submissions(Hash hash, bool by_history) const;

    Place place_of(const Request& request, bool loads);
    std::size_t choose_age(LocationId location, Order order, const std::uint64_t* not_this);
    void wrote(const void* address, std::uint64_t before, std::uint64_t after);
    void remember(std::uint64_t what) {
        Hash& hash = threads_[current_].hash;
        hash = mix(hash, what);
    }
    void remember_write(LocationId location);
    void record(const Request& request, const char* operation, const std::string& detail);
    std::string value_text(const void* address, std::uint64_t value) const {
        return subject_->describe(address, value);
    }

    static Machine* running_;

    Subject* subject_ = nullptr;
    std::size_t backends_ = 0;
    bool spinning_pays_ = false;

    Places places_;
    Memory memory_;
    Sleepers sleepers_;
    Submissions submissions_;
    LocationId read_clocks_ = kNoLocation;

    Fiber searcher_;
    std::array<Thread, kMaxBackends> threads_;

    // The schedule that runs.
    Chooser* chooser_ = nullptr;
    Trace* trace_ = nullptr;
    Outcome outcome_;
    std::array<Option, 8 * kMaxBackends> options_{};
    std::size_t current_ = 0;
    std::size_t loaded_ = kMaxBackends;  ///< whose thread-local data is in place
    bool entered_ = false;               ///< a backend is current
    std::size_t steps_ = 0;
    std::int64_t now_ = 0;
};

}  // namespace lwlock::tests::schedule
