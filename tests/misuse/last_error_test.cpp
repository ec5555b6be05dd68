// The record of the last error: what it says of operations with a lock.

#include "lwlock/last_error.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "lwlock/lwlock.h"
#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr auto kHour = std::chrono::hours(1);

lwlock_t* in_c(Lock& lock) { return reinterpret_cast<lwlock_t*>(&lock); }
lwlock_mode_t in_c(Mode mode) { return static_cast<lwlock_mode_t>(mode); }

std::string described() {
    char line[512];
    const int length = describe_last_error(line, sizeof line);
    EXPECT_EQ(static_cast<std::size_t>(length), std::strlen(line));
    return line;
}

void expect_parts(const std::string& line, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
        EXPECT_NE(line.find(part), std::string::npos) << part << " is missing in: " << line;
    }
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

/// Locks of a named tranche, in a thread that is a backend.
class LastError : public testing::Test {
  protected:
    LastError() {
        EXPECT_EQ(space_->new_tranche(kName, tranche_), Status::not_attached);
        EXPECT_EQ(detach_quietly(), Status::ok);
        EXPECT_EQ(space_->attach(), Status::ok);
        EXPECT_EQ(space_->new_tranche(kName, tranche_), Status::ok);
        lock_.init(tranche_);
    }
    ~LastError() override {
        release_all();
        EXPECT_EQ(detach(), Status::ok);
    }

    /// The thread may be a backend of the private space from another test.
    static Status detach_quietly() { return my_backend() == kNoBackend ? Status::ok : detach(); }

    /// Calls an operation with an error, and expects that to be on record.
    void expect_recorded(Status error, const char* operation, Mode mode,
                         const std::function<void()>& call) {
        record_another();
        call();
        const Misuse& last = last_error();
        EXPECT_EQ(last.error, error);
        EXPECT_STREQ(last.operation, operation);
        EXPECT_EQ(last.lock, &lock_);
        EXPECT_EQ(last.tranche, tranche_);
        EXPECT_STREQ(last.tranche_name, kName);
        EXPECT_EQ(last.mode, mode) << operation;
        EXPECT_EQ(last.backend, my_backend());
        expect_parts(described(), {operation, std::to_string(tranche_), kName, name_of(mode),
                                   "backend " + std::to_string(my_backend()), describe(error)});
    }

    /// Replaces what is on record.
    void record_another() const {
        std::uint16_t id = 0;
        EXPECT_EQ(space_->find_tranche("nobody's", id), Status::no_tranche);
    }
    static bool another_is_on_record() { return last_error().error == Status::no_tranche; }

    static constexpr char kName[] = "buffer content";
    LocalSpace space_{{.backends = 4}};
    std::uint16_t tranche_ = 0;
    Lock lock_;
    Variable variable_;
};

TEST_F(LastError, NamesTheLockOfEveryStatusOfAcquiring) {
    lock_.acquire(Mode::exclusive);
    for (const Mode mode : {Mode::exclusive, Mode::shared}) {
        expect_recorded(Status::self_deadlock, "acquire_until", mode, [&] {
            EXPECT_EQ(lock_.acquire_until(mode, Deadline::never()), Status::self_deadlock);
        });
        expect_recorded(Status::self_deadlock, "acquire_for", mode,
                        [&] { EXPECT_EQ(lock_.acquire_for(mode, kHour), Status::self_deadlock); });
        expect_recorded(Status::self_deadlock, "acquire_cancellable", mode,
                        [&] { EXPECT_EQ(lock_.acquire_cancellable(mode), Status::self_deadlock); });
        expect_recorded(Status::self_deadlock, "acquire", mode, [&] {
            EXPECT_EQ(lwlock_acquire(in_c(lock_), in_c(mode)), LWLOCK_SELF_DEADLOCK);
        });
        expect_recorded(Status::self_deadlock, "acquire_until", mode, [&] {
            EXPECT_EQ(lwlock_acquire_until(in_c(lock_), in_c(mode), INT64_MAX),
                      LWLOCK_SELF_DEADLOCK);
        });
        expect_recorded(Status::self_deadlock, "acquire_for", mode, [&] {
            EXPECT_EQ(lwlock_acquire_for(in_c(lock_), in_c(mode), INT64_MAX), LWLOCK_SELF_DEADLOCK);
        });
        expect_recorded(Status::self_deadlock, "acquire_cancellable", mode, [&] {
            EXPECT_EQ(lwlock_acquire_cancellable(in_c(lock_), in_c(mode), INT64_MAX),
                      LWLOCK_SELF_DEADLOCK);
        });
        expect_recorded(Status::self_deadlock, "acquire_or_wait", mode, [&] {
            EXPECT_EQ(lwlock_acquire_or_wait(in_c(lock_), in_c(mode)), LWLOCK_SELF_DEADLOCK);
        });
    }
    expect_recorded(Status::self_deadlock, "wait_for_var", Mode::shared, [&] {
        const lwlock_var_t variable = {0};
        std::uint64_t value = 0;
        EXPECT_EQ(lwlock_wait_for_var(in_c(lock_), &variable, 0, &value), LWLOCK_SELF_DEADLOCK);
    });
}

TEST_F(LastError, NamesTheLockOfTheTryThatWasOneTooMany) {
    std::vector<Lock> locks(kMaxHeldLocks);
    for (Lock& lock : locks) lock.acquire(Mode::shared);
    expect_recorded(Status::too_many_held, "try_acquire", Mode::shared, [&] {
        EXPECT_EQ(lwlock_try_acquire(in_c(lock_), LWLOCK_SHARED), LWLOCK_TOO_MANY_HELD);
    });
    release_all();
}

TEST_F(LastError, NamesTheLockThatCFunctionsDidNotFindHeld) {
    lwlock_var_t variable = {0};
    expect_recorded(Status::not_held, "release", Mode::exclusive,
                    [&] { EXPECT_EQ(lwlock_release(in_c(lock_)), LWLOCK_NOT_HELD); });
    expect_recorded(Status::not_held, "release_clear_var", Mode::exclusive, [&] {
        EXPECT_EQ(lwlock_release_clear_var(in_c(lock_), &variable, 1), LWLOCK_NOT_HELD);
    });
    expect_recorded(Status::not_held, "disown", Mode::exclusive,
                    [&] { EXPECT_EQ(lwlock_disown(in_c(lock_)), LWLOCK_NOT_HELD); });
    expect_recorded(Status::not_held, "release_disowned", Mode::shared, [&] {
        EXPECT_EQ(lwlock_release_disowned(in_c(lock_), LWLOCK_SHARED), LWLOCK_NOT_HELD);
    });
    expect_recorded(Status::not_exclusive, "update_var", Mode::exclusive, [&] {
        EXPECT_EQ(lwlock_update_var(in_c(lock_), &variable, 1), LWLOCK_NOT_EXCLUSIVE);
    });
}

TEST_F(LastError, HoldsWhatTheHandlerWasTold) {
    expect_recorded(Status::not_held, "release", Mode::exclusive,
                    [&] { EXPECT_EQ(misuse_of([&] { lock_.release(); }), Status::not_held); });
}

TEST_F(LastError, IsLeftAloneByWhatIsNoError) {
    record_another();
    EXPECT_EQ(lwlock_try_acquire(in_c(lock_), LWLOCK_SHARED), LWLOCK_OK);
    EXPECT_EQ(lwlock_release(in_c(lock_)), LWLOCK_OK);
    lock_.acquire(Mode::exclusive);
    Worker(*space_, [&] {
        record_another();
        EXPECT_EQ(lwlock_try_acquire(in_c(lock_), LWLOCK_SHARED), LWLOCK_BUSY);
        EXPECT_TRUE(another_is_on_record());
        EXPECT_EQ(lock_.acquire_until(Mode::shared, Deadline::at(0)), Status::timed_out);
        EXPECT_TRUE(another_is_on_record());
        EXPECT_EQ(space_->cancel_wait(my_backend()), Status::ok);
        EXPECT_EQ(lock_.acquire_cancellable(Mode::shared), Status::canceled);
        EXPECT_TRUE(another_is_on_record());
    }).join();
    lock_.release();
    EXPECT_TRUE(another_is_on_record());
}

TEST_F(LastError, IsTheThreadsOwn) {
    record_another();
    std::thread([] {
        EXPECT_EQ(last_error().error, Status::ok);
        EXPECT_EQ(lwlock_last_error(nullptr), LWLOCK_OK);
        EXPECT_EQ(described(), "lwlock: nothing has failed in this thread");
        EXPECT_EQ(detach(), Status::not_attached);
    }).join();
    EXPECT_TRUE(another_is_on_record());
}

TEST_F(LastError, OutlivesTheSpaceThatKnewTheName) {
    std::thread([] {
        Lock lock;
        {
            const LocalSpace space({.backends = 1});
            std::uint16_t id = 0;
            EXPECT_EQ(space->attach(), Status::ok);
            EXPECT_EQ(space->new_tranche("short-lived", id), Status::ok);
            lock.init(id);
            EXPECT_EQ(lwlock_release(in_c(lock)), LWLOCK_NOT_HELD);
            EXPECT_EQ(detach(), Status::ok);
        }
        expect_parts(described(), {"short-lived", "backend 0"});
    }).join();
}

TEST_F(LastError, LeavesTheNameOfTheWaitEventAlone) {
    Lock other;
    other.init(7);
    const char* const name = wait_event_name(other);
    EXPECT_EQ(lwlock_release(in_c(lock_)), LWLOCK_NOT_HELD);
    EXPECT_STREQ(name, "tranche 7");
}

TEST_F(LastError, IsTheSameInC) {
    EXPECT_EQ(lwlock_release(in_c(lock_)), LWLOCK_NOT_HELD);
    lwlock_misuse_t last;
    EXPECT_EQ(lwlock_last_error(&last), LWLOCK_NOT_HELD);
    EXPECT_EQ(last.error, LWLOCK_NOT_HELD);
    EXPECT_STREQ(last.operation, "release");
    EXPECT_EQ(last.lock, in_c(lock_));
    EXPECT_EQ(last.tranche, tranche_);
    EXPECT_STREQ(last.tranche_name, kName);
    EXPECT_EQ(last.mode, LWLOCK_EXCLUSIVE);
    EXPECT_EQ(last.backend, my_backend());
    EXPECT_STREQ(last.subject, "");
    EXPECT_STREQ(last.reason, "");
    char line[512];
    char formatted[512];
    const int length = lwlock_describe_last_error(line, sizeof line);
    EXPECT_EQ(lwlock_format_misuse(&last, formatted, sizeof formatted), length);
    EXPECT_STREQ(line, formatted);
    EXPECT_EQ(line, described());
    char small[10];
    EXPECT_EQ(lwlock_describe_last_error(small, sizeof small), length);
    EXPECT_EQ(std::string(line).substr(0, sizeof small - 1), small);
}

}  // namespace
}  // namespace lwlock::tests
