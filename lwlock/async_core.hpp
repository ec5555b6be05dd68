/// \file
/// What an AsyncQueue consists of. Internal to the library.
///
/// The ordinary acquisition runs for each lock that is waited for on a stack of
/// its own. Where it would sleep it leaves that stack, and somebody else makes
/// the sleep: the protocol of the lock has no second form.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>

#include "lwlock/async.hpp"
#include "lwlock/async_sleep.hpp"
#include "lwlock/fiber.hpp"
#include "lwlock/sleep_helpers.hpp"
#include "lwlock/uring.hpp"
#include "waitqueue/stand_in.hpp"

namespace lwlock::detail {

/// All requests for one lock; the first of them is being acquired.
struct AsyncLine : waitqueue::StandIn, AsyncSleep {
    enum class State : std::uint8_t {
        resting,   ///< nothing goes on: to be begun, or the lock is the thread's own
        asleep,    ///< the acquisition sleeps
        no_room,   ///< it has slept; the held-lock table is full
        finished,  ///< it is over
    };

    AsyncCore* core;
    Lock* lock;
    AsyncRequest* first;
    AsyncRequest* last;
    AsyncLine* next_of_hash;  ///< or of the free ones
    AsyncLine* next_idle;     ///< in the list of lines to be looked at by poll()
    Fiber fiber;
    Mode mode;  ///< of the acquisition that goes on
    State state;
    Status status;     ///< how it ended
    bool abandoned;    ///< whoever it was for is gone
    bool in_callback;  ///< the first request has just been taken off and told
    bool listed;       ///< is in the idle list
};

class alignas(AsyncLine) AsyncCore {
  public:
    Status open(const AsyncOptions& options);
    /// Whether the calling thread is the one that opened it.
    bool is_mine() const { return thread_ == &this_backend && !is_copy(); }
    /// Whether the process is a child that was forked meanwhile.
    bool is_copy() const { return process_ != getpid(); }
    /// Whether any acquisition sleeps, or has slept and is not over.
    bool is_acquiring();
    /// Whether one of the queue's callbacks may be running.
    bool is_polling() const { return polling_; }
    /// \return ok, or too_many_held: nothing has changed
    Status close();

    Status acquire(AsyncRequest& request);
    bool cancel(AsyncRequest& request);
    std::size_t poll(Deadline deadline);

    std::size_t pending() const { return pending_; }
    AsyncMeans means() const { return means_; }
    int descriptor() const {
        return means_ == AsyncMeans::io_uring ? ring_.descriptor() : helpers_.descriptor();
    }
    /// Bytes of a core for so many locks.
    static std::size_t required_bytes(std::uint32_t locks);
    std::size_t bytes() const { return required_bytes(line_count_); }

  private:
    static constexpr std::uint32_t kHashSize = 1024;

    static waitqueue::SleepResult stand_in_sleep(waitqueue::StandIn& self,
                                                 const atomics::Atomic32& word,
                                                 waitqueue::Ticket ticket, std::uint32_t bits,
                                                 Deadline deadline, atomics::Scope scope);
    static void acquire_for_ever(void* line);

    AsyncLine*& hash_slot(const Lock* lock);
    AsyncLine* find(const Lock* lock);
    AsyncLine* new_line(Lock* lock);
    void free_line(AsyncLine& line);
    void* stack_of(const AsyncLine& line);

    void append(AsyncLine& line, AsyncRequest& request);
    void unlink(AsyncLine& line, AsyncRequest& request);
    bool begin(AsyncLine& line);
    bool go_on(AsyncLine& line);
    void abandon(AsyncLine& line);
    /// An abandoned acquisition is over.
    void settle(AsyncLine& line);
    std::size_t finish(AsyncLine& line);
    void list(AsyncLine& line);
    std::size_t look_at_idle();

    const Backend* thread_;
    pid_t process_;
    AsyncMeans means_;
    Uring ring_;
    SleepHelpers helpers_;
    DoneList done_;
    std::uint32_t line_count_;
    std::uint32_t lines_used_;  ///< lines from this number on are untouched
    std::uint32_t asleep_;      ///< lines in this state
    AsyncLine* free_;
    AsyncLine* idle_;
    std::size_t pending_;
    bool polling_;
    AsyncLine* hash_[kHashSize];
    // Lines and stacks follow in memory.
};

}  // namespace lwlock::detail
