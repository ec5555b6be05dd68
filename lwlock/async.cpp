#include "lwlock/async.hpp"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "lwlock/async_core.hpp"
#include "lwlock/last_error.hpp"
#include "lwlock/waiting.hpp"

namespace lwlock {
namespace detail {
namespace {

using State = AsyncLine::State;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStack = 8 * kPage;  // room for the handler of a signal, too
constexpr std::size_t kStackAndGuard = kStack + kPage;

constexpr std::size_t rounded(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

AsyncLine* lines_of(AsyncCore* core) {
    static_assert(sizeof(AsyncCore) % alignof(AsyncLine) == 0);
    return reinterpret_cast<AsyncLine*>(core + 1);
}

// Whether the thread itself keeps the lock from its request: then the acquisition
// would be a deadlock with itself, which it is not for the request.
bool is_own(const Backend& self, const Lock* lock, Mode mode) {
    return mode == Mode::exclusive
               ? find_held(self, lock) != kMaxHeldLocks
               : find_held_in_mode(self, lock, Mode::exclusive) != kMaxHeldLocks;
}

// Whether the thread's waits are on emulated futexes, of which io_uring knows nothing.
bool sleeps_on_emulated(const Backend& self) {
    return self.slot == nullptr ? emulates_by_default() : self.space.scope.table() != nullptr;
}

// Whether its acquisition is in the middle.
bool has_slept(const AsyncLine& line) {
    return line.state == State::asleep || line.state == State::no_room;
}

bool has_room(const Backend& self) { return self.held() < kMaxHeldLocks; }

}  // namespace

std::size_t AsyncCore::required_bytes(std::uint32_t locks) {
    return rounded(sizeof(AsyncCore) + locks * sizeof(AsyncLine)) + locks * kStackAndGuard;
}

Status AsyncCore::open(const AsyncOptions& options) {
    thread_ = &this_backend;
    process_ = getpid();
    line_count_ = options.locks;
    const bool threads =
        options.means == AsyncMeans::threads ||
        (options.means == AsyncMeans::automatic && sleeps_on_emulated(this_backend));
    means_ = threads ? AsyncMeans::threads : AsyncMeans::io_uring;
    new (&ring_) Uring();
    if (means_ == AsyncMeans::io_uring) {
        const Status status = ring_.open();
        if (status == Status::ok || options.means == AsyncMeans::io_uring) return status;
        means_ = AsyncMeans::threads;
    }
    return helpers_.open();
}

bool AsyncCore::is_acquiring() {
    const AsyncLine* const lines = lines_of(this);
    return std::any_of(lines, lines + lines_used_, has_slept);
}

Status AsyncCore::close() {
    // An acquisition that has slept needs an entry once more, to end in order.
    if (is_acquiring() && !has_room(this_backend)) return Status::too_many_held;
    for (std::uint32_t i = 0; i < lines_used_; ++i) {
        AsyncLine& line = lines_of(this)[i];
        while (line.first != nullptr) cancel(*line.first);
        if (line.abandoned && go_on(line)) settle(line);
    }
    for (std::uint32_t i = 0; i < lines_used_; ++i) lines_of(this)[i].fiber.destroy();
    if (means_ == AsyncMeans::io_uring) {
        ring_.close();
    } else {
        helpers_.close();
    }
    return Status::ok;
}

// ---- On the stack of a line ----

// Leaves the stack until the sleep is over. The entry in the held-lock table
// would be in the way of what the thread does meanwhile; it is written anew
// before the lock is looked at again (I6).
waitqueue::SleepResult AsyncCore::stand_in_sleep(waitqueue::StandIn& self,
                                                 const atomics::Atomic32& word,
                                                 waitqueue::Ticket ticket, std::uint32_t bits,
                                                 Deadline deadline, atomics::Scope scope) {
    auto& line = static_cast<AsyncLine&>(self);
    line.word = &word;
    line.ticket = ticket;
    line.bits = bits;
    line.deadline = deadline;
    line.scope = scope;
    line.state = State::asleep;
    retract(this_backend);
    line.fiber.leave();
    const waitqueue::SleepResult result = line.result;
    while (announce(line.lock->words(), line.mode, this_backend) != Status::ok) {
        line.state = State::no_room;
        line.fiber.leave();
    }
    return result;
}

void AsyncCore::acquire_for_ever(void* argument) {
    auto& line = *static_cast<AsyncLine*>(argument);
    for (;;) {
        const Patience patience{.abandoned = &line.abandoned};
        line.status = acquire_cold(line.lock->words(), line.mode, patience, Progress::nothing);
        line.state = State::finished;
        line.fiber.leave();
    }
}

// ---- Lines ----

AsyncLine*& AsyncCore::hash_slot(const Lock* lock) {
    const auto address = reinterpret_cast<std::uintptr_t>(lock);
    return hash_[(address * 0x9e37'79b9'7f4a'7c15) >> 54];
}

AsyncLine* AsyncCore::find(const Lock* lock) {
    AsyncLine* line = hash_slot(lock);
    while (line != nullptr && line->lock != lock) line = line->next_of_hash;
    return line;
}

void* AsyncCore::stack_of(const AsyncLine& line) {
    auto* const stacks = reinterpret_cast<std::byte*>(this) +
                         rounded(sizeof(AsyncCore) + line_count_ * sizeof(AsyncLine));
    const auto number = static_cast<std::size_t>(&line - lines_of(this));
    return stacks + number * kStackAndGuard;
}

AsyncLine* AsyncCore::new_line(Lock* lock) {
    AsyncLine* line = free_;
    if (line != nullptr) {
        free_ = line->next_of_hash;
    } else {
        if (lines_used_ == line_count_) return nullptr;
        line = new (&lines_of(this)[lines_used_++]) AsyncLine{};
        line->sleep = stand_in_sleep;
        line->core = this;
        auto* const stack = static_cast<std::byte*>(stack_of(*line));
        mprotect(stack, kPage, PROT_NONE);
        line->fiber.start(stack + kPage, kStack, acquire_for_ever, line);
    }
    line->lock = lock;
    line->state = State::resting;
    line->next_of_hash = hash_slot(lock);
    hash_slot(lock) = line;
    return line;
}

void AsyncCore::free_line(AsyncLine& line) {
    AsyncLine** at = &hash_slot(line.lock);
    while (*at != &line) at = &(*at)->next_of_hash;
    *at = line.next_of_hash;
    line.lock = nullptr;
    line.next_of_hash = free_;
    free_ = &line;
}

void AsyncCore::append(AsyncLine& line, AsyncRequest& request) {
    request.link = {.next = nullptr, .previous = line.last, .line = &line};
    (line.last == nullptr ? line.first : line.last->link.next) = &request;
    line.last = &request;
    ++pending_;
    ++this_backend.requests;
}

void AsyncCore::unlink(AsyncLine& line, AsyncRequest& request) {
    AsyncRequest* const next = request.link.next;
    AsyncRequest* const previous = request.link.previous;
    (previous == nullptr ? line.first : previous->link.next) = next;
    (next == nullptr ? line.last : next->link.previous) = previous;
    request.link = {};
    --pending_;
    --this_backend.requests;
}

void AsyncCore::list(AsyncLine& line) {
    if (line.listed) return;
    line.listed = true;
    line.next_idle = idle_;
    idle_ = &line;
}

// ---- Going on ----

// Acquires for the first request. \return whether that came to an end
bool AsyncCore::begin(AsyncLine& line) {
    line.mode = line.first->mode;
    if (is_own(this_backend, line.lock, line.mode)) {
        line.state = State::resting;
        list(line);
        return false;
    }
    return go_on(line);
}

bool AsyncCore::go_on(AsyncLine& line) {
    waitqueue::StandIn* const before = waitqueue::stand_in;
    waitqueue::stand_in = &line;
    line.fiber.enter();
    waitqueue::stand_in = before;
    switch (line.state) {
        case State::finished: return true;
        case State::asleep:
            ++asleep_;
            if (means_ == AsyncMeans::io_uring) {
                ring_.start(line);
            } else {
                helpers_.start(line);
            }
            return false;
        case State::resting:
        case State::no_room: list(line); return false;
    }
    return false;
}

// Ends an acquisition that nobody wants any more. It may just have succeeded.
void AsyncCore::abandon(AsyncLine& line) {
    line.abandoned = true;
    if (line.state == State::asleep) {
        if (means_ == AsyncMeans::io_uring) {
            ring_.stop(line);
        } else {
            helpers_.stop(line);
        }
        done_.remove(line);
        --asleep_;
    }
    ++this_backend.requests;        // until it is over: no detach meanwhile
    if (go_on(line)) settle(line);  // else there is no room in the held-lock table: poll() ends it
}

void AsyncCore::settle(AsyncLine& line) {
    --this_backend.requests;
    line.abandoned = false;
    line.state = State::resting;
    if (succeeded(line.status)) line.lock->release();
}

// Tells the first request how it ended, and goes on with the next ones as long as
// they end at once. \return how many ended
std::size_t AsyncCore::finish(AsyncLine& line) {
    std::size_t ended = 0;
    for (;;) {
        if (line.abandoned) {
            settle(line);
        } else {
            AsyncRequest& request = *line.first;
            unlink(line, request);
            line.state = State::resting;
            line.in_callback = true;
            ++ended;
            request.done(request, noted(line.status, "acquire_async", line.lock, line.mode));
            line.in_callback = false;
        }
        if (line.first == nullptr) {
            free_line(line);
            return ended;
        }
        if (!begin(line)) return ended;
    }
}

std::size_t AsyncCore::look_at_idle() {
    std::size_t ended = 0;
    AsyncLine* line = idle_;
    idle_ = nullptr;
    while (line != nullptr) {
        AsyncLine* const next = line->next_idle;
        line->listed = false;
        if (line->lock != nullptr && line->state == State::no_room) {
            if (!has_room(this_backend)) {
                list(*line);
            } else if (go_on(*line)) {
                ended += finish(*line);
            }
        } else if (line->lock != nullptr && line->state == State::resting) {
            if (line->first == nullptr) {
                free_line(*line);
            } else if (begin(*line)) {
                ended += finish(*line);
            }
        }
        line = next;
    }
    return ended;
}

// ---- The operations ----

Status AsyncCore::acquire(AsyncRequest& request) {
    if (means_ == AsyncMeans::io_uring && sleeps_on_emulated(this_backend)) {
        return Status::bad_argument;
    }
    AsyncLine* line = find(request.lock);
    if (line != nullptr) {
        append(*line, request);
        return Status::busy;
    }
    if (!is_own(this_backend, request.lock, request.mode)) {
        const Status status =
            try_acquire_cold(request.lock->words(), request.mode, Progress::nothing);
        if (status != Status::busy) return status;
    }
    line = new_line(request.lock);
    if (line == nullptr) return Status::too_many_pending;
    append(*line, request);
    if (!begin(*line)) return Status::busy;
    unlink(*line, request);
    const Status status = line->status;
    free_line(*line);
    return status;
}

bool AsyncCore::cancel(AsyncRequest& request) {
    AsyncLine* const line = request.link.line;
    if (line == nullptr || line->core != this) return false;
    const bool goes_on =
        line->first == &request && !line->in_callback && has_slept(*line) && !line->abandoned;
    const AsyncRequest* const next = request.link.next;
    unlink(*line, request);
    // The next one of the same mode takes the acquisition over.
    if (goes_on && (next == nullptr || next->mode != line->mode)) abandon(*line);
    if (line->in_callback || line->state != State::resting) return true;
    if (line->first != nullptr) {
        list(*line);
    } else if (!line->listed) {
        free_line(*line);
    }
    return true;
}

std::size_t AsyncCore::poll(Deadline deadline) {
    if (polling_) return 0;
    polling_ = true;
    std::size_t ended = look_at_idle();
    // Without a sleeper there is nothing that could end the wait.
    while (asleep_ != 0) {
        const Deadline until = ended == 0 ? deadline : Deadline::at(0);
        if (means_ == AsyncMeans::io_uring) {
            ring_.collect(done_, until);
        } else {
            helpers_.collect(done_, until);
        }
        while (AsyncSleep* const sleep = done_.take()) {
            auto& line = static_cast<AsyncLine&>(*sleep);
            --asleep_;
            if (go_on(line)) ended += finish(line);
        }
        if (ended != 0 || until.has_passed()) break;
    }
    if (ended != 0 && idle_ != nullptr) ended += look_at_idle();
    polling_ = false;
    return ended;
}

}  // namespace detail

Status AsyncQueue::create(const AsyncOptions& options) {
    return detail::noted(open(options), "AsyncQueue::create");
}

Status AsyncQueue::open(const AsyncOptions& options) {
    constexpr std::uint32_t kMostLocks = 30'000;  // two mappings each, of 65,530
    if (core_ != nullptr) return Status::already_attached;
    if (options.locks == 0 || options.locks > kMostLocks || options.means > AsyncMeans::threads) {
        return Status::bad_argument;
    }
    const std::size_t bytes = detail::AsyncCore::required_bytes(options.locks);
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return Status::system_error;
    auto* const core = static_cast<detail::AsyncCore*>(memory);  // valid when all zero
    const Status status = core->open(options);
    if (status != Status::ok) {
        const int saved = errno;
        munmap(memory, bytes);
        errno = saved;
        return status;
    }
    core_ = core;
    return Status::ok;
}

bool AsyncQueue::is_mine() const { return core_ != nullptr && core_->is_mine(); }

Status AsyncQueue::destroy() {
    if (core_ == nullptr) return Status::ok;
    if (core_->is_copy()) {  // the kernel's part of it is the parent's
        core_ = nullptr;
        return Status::ok;
    }
    const bool may = core_->is_mine() || (pending() == 0 && !core_->is_acquiring());
    const Status status = may && !core_->is_polling() ? core_->close() : Status::bad_argument;
    if (status == Status::ok) {
        munmap(core_, core_->bytes());
        core_ = nullptr;
    }
    return detail::noted(status, "AsyncQueue::destroy");
}

Status AsyncQueue::acquire_async(AsyncRequest& request) {
    const bool complete =
        request.lock != nullptr && request.done != nullptr && request.mode <= Mode::shared;
    const bool pending = request.link.line != nullptr;
    const bool takes_it = is_mine() && complete && !pending;
    return detail::noted(takes_it ? core_->acquire(request) : Status::bad_argument, "acquire_async",
                         request.lock, request.mode);
}

bool AsyncQueue::cancel(AsyncRequest& request) { return is_mine() && core_->cancel(request); }

std::size_t AsyncQueue::poll(Deadline deadline) { return is_mine() ? core_->poll(deadline) : 0; }

std::size_t AsyncQueue::pending() const { return core_ == nullptr ? 0 : core_->pending(); }

AsyncMeans AsyncQueue::means() const {
    return core_ == nullptr ? AsyncMeans::automatic : core_->means();
}

int AsyncQueue::descriptor() const { return core_ == nullptr ? -1 : core_->descriptor(); }

}  // namespace lwlock
