#include "lwlock/uring.hpp"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lwlock::detail {
namespace {

using waitqueue::SleepResult;

constexpr std::uint32_t kEntries = 256;
constexpr std::uint32_t kCompletions = 16384;

// Of Linux 6.7, younger than the headers of older distributions.
constexpr std::uint8_t kFutexWait = 51;
constexpr std::int32_t kFutex32Bits = 2;
constexpr std::int32_t kFutexPrivate = 128;

// What a completion belongs to: a sleep's address, or one of these, whose results
// nobody needs.
constexpr std::uint64_t kNobody = 0;

std::uint32_t load(const std::uint32_t* word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
void store(std::uint32_t* word, std::uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

SleepResult result_of(std::int32_t answer) {
    if (answer == 0) return SleepResult::woken;
    return answer == -EAGAIN ? SleepResult::stale : SleepResult::no_wake;
}

long enter(int ring, std::uint32_t submit, std::uint32_t wait, std::uint32_t flags,
           const void* argument, std::size_t size) {
    return syscall(SYS_io_uring_enter, ring, submit, wait, flags, argument, size);
}

}  // namespace

Status Uring::open() {
    io_uring_params parameters = {};
    parameters.flags = IORING_SETUP_CQSIZE;
    parameters.cq_entries = kCompletions;
    ring_ = static_cast<int>(syscall(SYS_io_uring_setup, kEntries, &parameters));
    if (ring_ < 0) return Status::system_error;
    constexpr std::uint32_t kNeeded =
        IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
    Status status = Status::system_error;
    if ((parameters.features & kNeeded) != kNeeded) {
        errno = ENOSYS;
    } else {
        status = map(parameters);
    }
    if (status == Status::ok && !waits_for_futexes()) {
        errno = ENOSYS;
        status = Status::system_error;
    }
    if (status != Status::ok) {
        const int saved = errno;
        close();
        errno = saved;
    }
    return status;
}

Status Uring::map(const io_uring_params& parameters) {
    const auto& sq = parameters.sq_off;
    const auto& cq = parameters.cq_off;
    const std::size_t sq_size = sq.array + parameters.sq_entries * sizeof(std::uint32_t);
    const std::size_t cq_size = cq.cqes + parameters.cq_entries * sizeof(Cqe);
    rings_size_ = sq_size > cq_size ? sq_size : cq_size;
    const int flags = MAP_SHARED | MAP_POPULATE;
    void* const rings =
        mmap(nullptr, rings_size_, PROT_READ | PROT_WRITE, flags, ring_, IORING_OFF_SQ_RING);
    if (rings == MAP_FAILED) return Status::system_error;
    rings_ = rings;
    void* const entries = mmap(nullptr, parameters.sq_entries * sizeof(Sqe), PROT_READ | PROT_WRITE,
                               flags, ring_, IORING_OFF_SQES);
    if (entries == MAP_FAILED) return Status::system_error;
    entries_ = static_cast<Sqe*>(entries);
    entry_count_ = parameters.sq_entries;

    auto* const base = static_cast<char*>(rings);
    const auto word = [base](std::uint32_t offset) {
        return reinterpret_cast<std::uint32_t*>(base + offset);
    };
    sq_head_ = word(sq.head);
    sq_tail_ = word(sq.tail);
    sq_array_ = word(sq.array);
    sq_mask_ = *word(sq.ring_mask);
    cq_head_ = word(cq.head);
    cq_tail_ = word(cq.tail);
    cq_mask_ = *word(cq.ring_mask);
    completions_ = reinterpret_cast<Cqe*>(base + cq.cqes);
    return Status::ok;
}

void Uring::close() {
    if (entries_ != nullptr) munmap(entries_, entry_count_ * sizeof(Sqe));
    if (rings_ != nullptr) munmap(rings_, rings_size_);
    if (ring_ >= 0) ::close(ring_);
    *this = Uring();
}

// A word that differs is answered so by who knows the operation.
bool Uring::waits_for_futexes() {
    atomics::Atomic32 word;
    word.store_relaxed(1);
    AsyncSleep sleep;
    sleep.word = &word;
    sleep.bits = 1;
    start(sleep);
    DoneList done;
    while (!sleep.done) collect(done, Deadline::never());
    return sleep.result == SleepResult::stale;
}

Uring::Sqe& Uring::next_entry() {
    const std::uint32_t tail = *sq_tail_;
    while (tail - load(sq_head_) >= entry_count_) submit();
    const std::uint32_t index = tail & sq_mask_;
    sq_array_[index] = index;
    entries_[index] = {};
    return entries_[index];
}

void Uring::start(AsyncSleep& sleep) {
    sleep.done = false;
    const bool ends = !sleep.deadline.is_never();
    // Both in one submission, or the link between them is lost.
    if (ends && *sq_tail_ - load(sq_head_) + 2 > entry_count_) submit();
    Sqe& entry = next_entry();
    entry.opcode = kFutexWait;
    entry.flags = ends ? IOSQE_IO_LINK : 0;
    entry.fd =
        kFutex32Bits | (sleep.scope.kind() == atomics::Scope::Kind::process ? kFutexPrivate : 0);
    entry.addr = reinterpret_cast<std::uintptr_t>(sleep.word->address());
    entry.addr2 = sleep.ticket;
    entry.addr3 = sleep.bits;
    entry.user_data = reinterpret_cast<std::uintptr_t>(&sleep);
    store(sq_tail_, *sq_tail_ + 1);
    ++unsubmitted_;
    if (!ends) return;

    const std::int64_t at = sleep.deadline.nanoseconds() < 0 ? 0 : sleep.deadline.nanoseconds();
    sleep.time = {.tv_sec = static_cast<time_t>(at / 1'000'000'000),
                  .tv_nsec = static_cast<long>(at % 1'000'000'000)};
    Sqe& limit = next_entry();
    limit.opcode = IORING_OP_LINK_TIMEOUT;
    limit.fd = -1;
    limit.addr = reinterpret_cast<std::uintptr_t>(&sleep.time);
    limit.len = 1;
    limit.timeout_flags = IORING_TIMEOUT_ABS;
    limit.user_data = kNobody;
    store(sq_tail_, *sq_tail_ + 1);
    ++unsubmitted_;
}

void Uring::submit() {
    const int saved = errno;
    while (unsubmitted_ != 0) {
        const long taken = enter(ring_, unsubmitted_, 0, 0, nullptr, 0);
        // The kernel is short of something for a moment, or wants completions taken.
        if (taken < 0 && (errno == EAGAIN || errno == EBUSY)) drain_completions(stopped_);
        if (taken > 0) unsubmitted_ -= static_cast<std::uint32_t>(taken);
    }
    errno = saved;
}

void Uring::wait(Deadline deadline) {
    const int saved = errno;
    struct {
        std::int64_t seconds;
        std::int64_t nanoseconds;
    } time = {};
    io_uring_getevents_arg argument = {};
    argument.sigmask_sz = _NSIG / 8;
    if (!deadline.is_never()) {
        std::int64_t left = deadline.nanoseconds() - atomics::monotonic_now();
        if (left < 0) left = 0;
        time = {left / 1'000'000'000, left % 1'000'000'000};
        argument.ts = reinterpret_cast<std::uintptr_t>(&time);
    }
    enter(ring_, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
    errno = saved;
}

void Uring::drain_completions(DoneList& done) {
    std::uint32_t head = *cq_head_;
    const std::uint32_t tail = load(cq_tail_);
    for (; head != tail; ++head) {
        const Cqe& completion = completions_[head & cq_mask_];
        if (completion.user_data == kNobody) continue;
        auto& sleep =
            *reinterpret_cast<AsyncSleep*>(static_cast<std::uintptr_t>(completion.user_data));
        sleep.result = result_of(completion.res);
        done.add(sleep);
    }
    store(cq_head_, head);
}

void Uring::collect(DoneList& done, Deadline deadline) {
    submit();
    while (AsyncSleep* const sleep = stopped_.take()) done.add(*sleep);
    drain_completions(done);
    if (!done.empty()) return;
    wait(deadline);
    drain_completions(done);
}

void Uring::stop(AsyncSleep& sleep) {
    if (sleep.done) return;
    Sqe& entry = next_entry();
    entry.opcode = IORING_OP_ASYNC_CANCEL;
    entry.fd = -1;
    entry.addr = reinterpret_cast<std::uintptr_t>(&sleep);
    entry.user_data = kNobody;
    store(sq_tail_, *sq_tail_ + 1);
    ++unsubmitted_;
    submit();
    drain_completions(stopped_);
    while (!sleep.done) {
        wait(Deadline::never());
        drain_completions(stopped_);
    }
    stopped_.remove(sleep);
}

}  // namespace lwlock::detail
