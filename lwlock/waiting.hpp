/// \file
/// What everybody who sleeps on a lock has in common: being visible in the
/// slot, counted, and reported to observers. Internal to the library.
#pragma once

#include <cstdint>

#include "lwlock/lock.hpp"
#include "lwlock/observer.hpp"
#include "waitqueue/eventcount.hpp"

namespace lwlock::detail {

/// Makes the wait of a backend visible from begin() to its destruction. Used
/// before the lock is left, since it touches the lock's memory.
class WaitRecord {
  public:
    WaitRecord(LockWords& lock, WaitKind kind, Backend& self)
        : lock_(lock), self_(self), kind_(kind) {}
    WaitRecord(const WaitRecord&) = delete;
    WaitRecord& operator=(const WaitRecord&) = delete;
    ~WaitRecord() { end(); }

    /// Does nothing from the second call on.
    void begin();
    void end();
    bool begun() const { return since_ != 0; }
    std::int64_t since() const { return since_; }

    /// Sleeps under the class of one waiter bit; see waitqueue::sleep(). A
    /// cancellable sleep can be ended by cancel_wait(), others by no stranger.
    waitqueue::SleepResult sleep(waitqueue::Ticket ticket, state::Word waiter_bit,
                                 Deadline deadline, bool cancellable = false);

  private:
    WaitEvent event() const;

    LockWords& lock_;
    Backend& self_;
    WaitKind kind_;
    std::int64_t since_ = 0;
};

/// Attaches if need be, and writes the next entry of the held-lock table as
/// acquiring (I6). \return ok, too_many_held, or why there is no slot.
Status announce(LockWords& lock, Mode mode, Backend& self);
/// Takes the announced entry back.
void retract(Backend& self);
/// Turns the announced entry into a held one; the caller has just taken the lock.
void confirm(LockWords& lock, Mode mode, Backend& self);

/// What ends a wait besides the lock: canceled, timed_out, or ok to go on.
Status end_of_patience(const Patience& patience, Backend& self);

/// Whether the backend holds the lock shared and wants it shared once more.
/// HANDOFF does not stop it then: the hungry waiter waits for this very backend.
bool is_reentrant(const Backend& self, const LockWords& lock, Mode mode);

/// For a shared acquirer whose count is in the word although the word was not
/// lockable when it was added. Keeps the count if the lock has become lockable
/// meanwhile, else takes it out again. \return whether the lock is held now.
bool settle_count(LockWords& lock, const Backend& self);

}  // namespace lwlock::detail
