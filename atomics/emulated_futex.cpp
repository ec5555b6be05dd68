#include "atomics/emulated_futex.hpp"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bit>

#include "atomics/process.hpp"
#include "atomics/spin.hpp"
#include "atomics/thread_sanitizer.hpp"

namespace lwlock::atomics {
namespace {

constexpr std::uint32_t kSpins = 100;
constexpr std::uint32_t kYieldsBetweenLooks = 1000;

[[noreturn]] void fail(std::uint32_t process) {
    char line[160];
    const int length = snprintf(line, sizeof line,
                                "lwlock: process %u died inside the emulated futex; the lock space "
                                "cannot be used any more, create a new one\n",
                                process);
    [[maybe_unused]] const ssize_t written =
        write(STDERR_FILENO, line, static_cast<std::size_t>(length));
    abort();
}

// Holds the spinlock of a bucket. Whoever is inside may have lost its CPU, so
// others give theirs away soon.
class Inside {
  public:
    explicit Inside(Atomic32& lock) : lock_(lock) {
        const std::uint32_t self = this_process();
        const std::uint32_t spins = spinning_can_pay() ? kSpins : 0;
        std::uint32_t owner = 0;
        for (std::uint32_t turn = 0; !lock_.cas_acquire(owner, self); ++turn, owner = 0) {
            if (turn < spins) {
                spin_pause();
            } else if (turn % kYieldsBetweenLooks == kYieldsBetweenLooks - 1 && is_gone(owner)) {
                fail(owner);
            } else {
                give_way();
            }
        }
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { lock_.store_release(0); }

  private:
    Atomic32& lock_;
};

}  // namespace

// ---- The table ----

std::size_t FutexTable::required_bytes(std::uint32_t sleepers) {
    return sizeof(FutexTable) + kBuckets * sizeof(Bucket) + sleepers * sizeof(Sleeper);
}

void FutexTable::format(std::uint32_t sleepers, std::uint64_t before, std::uint64_t after) {
    sleeper_count_ = sleepers;
    before_ = before;
    after_ = after;
}

void FutexTable::reset() {
    for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
        Bucket& list = buckets()[bucket];
        if (list.first.load_relaxed() != 0 || list.lock.load_relaxed() != 0) list = Bucket{};
    }
    for (std::uint32_t number = 0; number < sleeper_count_; ++number) {
        Atomic32& process = sleepers()[number].process;
        if (process.load_relaxed() != 0) process.store_relaxed(0);
    }
}

// ---- Finding one's way ----

// Sleepers taken out of a list, in its order. Each stays where it is until it
// has been posted, so it can be linked through the same member.
class EmulatedFutex::Chain {
  public:
    explicit Chain(const EmulatedFutex& futex) : futex_(futex) {}

    void add(Sleeper& sleeper) {
        sleeper.next.store_relaxed(0);
        (last_ == nullptr ? first_ : last_->next).store_relaxed(futex_.link_of(sleeper));
        last_ = &sleeper;
    }
    void post_all() {
        for (Sleeper* sleeper = futex_.at(first_.load_relaxed()); sleeper != nullptr;) {
            Sleeper* const next =
                futex_.at(sleeper->next.load_relaxed());  // it is gone once it was posted
            if constexpr (kThreadSanitizer) sleeper->bucket.fetch_add_release(0);
            sleeper->semaphore.post();
            sleeper = next;
        }
    }

  private:
    const EmulatedFutex& futex_;
    Atomic32 first_;
    Sleeper* last_ = nullptr;
};

std::uint64_t EmulatedFutex::futex_at(const void* word) const {
    return reinterpret_cast<std::uintptr_t>(word) - reinterpret_cast<std::uintptr_t>(&table_);
}

std::uint32_t EmulatedFutex::bucket_of(std::uint64_t futex) {
    static_assert(std::has_single_bit(FutexTable::kBuckets) && FutexTable::kBuckets > 1);
    constexpr int kBits = std::countr_zero(FutexTable::kBuckets);
    return static_cast<std::uint32_t>((futex / 4 * 0x9e37'79b9'7f4a'7c15) >> (64 - kBits));
}

bool EmulatedFutex::known_to_all(std::uint64_t futex) const {
    return exact_ || futex + table_.before_ < table_.before_ + table_.after_;
}

EmulatedFutex::Sleeper* EmulatedFutex::at(std::uint32_t link) const {
    return link != 0 && link <= count_ ? &table_.sleepers()[link - 1] : nullptr;
}

std::uint32_t EmulatedFutex::link_of(const Sleeper& sleeper) const {
    return static_cast<std::uint32_t>(&sleeper - table_.sleepers()) + 1;
}

// Each thread tries the one first that it had last.
EmulatedFutex::Sleeper* EmulatedFutex::claim() const {
    std::uint32_t& last = last_sleeper();
    const std::uint32_t first = last;
    const std::uint32_t self = this_process();
    for (std::uint32_t tried = 0; tried < count_; ++tried) {
        const std::uint32_t number = (first + tried) % count_;
        Sleeper& sleeper = table_.sleepers()[number];
        std::uint32_t nobody = 0;
        if (sleeper.process.load_relaxed() == 0 && sleeper.process.cas_acquire(nobody, self)) {
            last = number;
            return &sleeper;
        }
    }
    return nullptr;
}

// ---- Lists, under the spinlock of their bucket ----

void EmulatedFutex::append(std::uint32_t bucket, Sleeper& sleeper) const {
    Bucket& list = table_.buckets()[bucket];
    const std::uint32_t before = list.last.load_relaxed();
    Sleeper* const last = at(before);
    sleeper.bucket.store_relaxed(bucket);
    sleeper.previous.store_relaxed(before);
    sleeper.next.store_relaxed(0);
    sleeper.queued.store_relaxed(1);
    list.last.store_relaxed(link_of(sleeper));
    (last == nullptr ? list.first : last->next).store_relaxed(link_of(sleeper));
}

void EmulatedFutex::unlink(std::uint32_t bucket, Sleeper& sleeper) const {
    Bucket& list = table_.buckets()[bucket];
    const std::uint32_t before = sleeper.previous.load_relaxed();
    const std::uint32_t after = sleeper.next.load_relaxed();
    Sleeper* const previous = at(before);
    Sleeper* const next = at(after);
    (previous == nullptr ? list.first : previous->next).store_relaxed(after);
    (next == nullptr ? list.last : next->previous).store_relaxed(before);
    sleeper.queued.store_relaxed(0);
}

// \return how many sleepers were taken out; the dead are, but do not count.
std::uint32_t EmulatedFutex::take_out(std::uint32_t bucket, std::uint64_t futex,
                                      std::uint32_t count, std::uint32_t bits, Chain& chain) const {
    const std::uint32_t self = this_process();
    std::uint32_t taken = 0;
    Sleeper* sleeper = at(table_.buckets()[bucket].first.load_relaxed());
    while (sleeper != nullptr && taken < count) {
        Sleeper* const next = at(sleeper->next.load_relaxed());
        if (sleeper->futex.load_relaxed() == futex && (sleeper->bits.load_relaxed() & bits) != 0) {
            unlink(bucket, *sleeper);
            const std::uint32_t process = sleeper->process.load_relaxed();
            if (process != self && is_gone(process)) {
                sleeper->process.store_release(0);
            } else {
                chain.add(*sleeper);
                ++taken;
            }
        }
        sleeper = next;
    }
    return taken;
}

// \return false when a waker was faster, whose post is on its way.
bool EmulatedFutex::leave_list(Sleeper& sleeper) const {
    for (;;) {
        const std::uint32_t bucket = sleeper.bucket.load_relaxed() % FutexTable::kBuckets;
        const Inside inside(table_.buckets()[bucket].lock);
        if (sleeper.bucket.load_relaxed() != bucket) continue;  // requeued meanwhile
        if (sleeper.queued.load_relaxed() == 0) return false;
        unlink(bucket, sleeper);
        return true;
    }
}

// ---- The operations ----

FutexResult EmulatedFutex::wait(const Atomic32& word, std::uint32_t expected, Deadline deadline,
                                std::uint32_t bits) {
    Sleeper* const sleeper = claim();
    if (sleeper == nullptr) {
        if (word.load_acquire() != expected) return FutexResult::stale;
        if (deadline.has_passed()) return FutexResult::timed_out;
        nap();
        return FutexResult::interrupted;  // the caller looks again
    }
    sleeper->semaphore.init();
    const std::uint64_t futex = futex_at(word.address());
    sleeper->futex.store_relaxed(futex);
    sleeper->bits.store_relaxed(bits);
    const std::uint32_t bucket = bucket_of(futex);
    bool sleeps;
    {
        const Inside inside(table_.buckets()[bucket].lock);
        sleeps = word.load_seq_cst() == expected;  // K7, without a fence
        if (sleeps) append(bucket, *sleeper);
    }
    FutexResult result = FutexResult::stale;
    if (sleeps) {
        const SemaphoreResult end = sleeper->semaphore.wait(deadline);
        if (end == SemaphoreResult::taken) {
            result = FutexResult::woken;
        } else if (leave_list(*sleeper)) {
            result = end == SemaphoreResult::timed_out ? FutexResult::timed_out
                                                       : FutexResult::interrupted;
        } else {
            while (sleeper->semaphore.wait(Deadline::never()) != SemaphoreResult::taken) {
            }
            result = FutexResult::woken;
        }
    }
    if constexpr (kThreadSanitizer) sleeper->bucket.load_acquire();  // of Chain::post_all()
    sleeper->process.store_release(0);
    return result;
}

std::uint32_t EmulatedFutex::wake(const std::uint32_t* word, std::uint32_t count,
                                  std::uint32_t bits) {
    const std::uint64_t futex = futex_at(word);
    const bool known = known_to_all(futex);
    const std::uint32_t bucket = bucket_of(futex);
    Chain chain(*this);
    std::uint32_t woken;
    {
        const Inside inside(table_.buckets()[bucket].lock);
        woken =
            take_out(bucket, futex, known ? count : kWakeAll, known ? bits : kFutexMatchAny, chain);
    }
    chain.post_all();
    return known ? woken : 0;
}

RequeueOutcome EmulatedFutex::requeue(const Atomic32& from, const std::uint32_t* expected,
                                      std::uint32_t wake, const Atomic32& to, std::uint32_t move) {
    const std::uint64_t futex = futex_at(from.address());
    const std::uint64_t target = futex_at(to.address());
    if (target == futex) move = 0;  // they sleep there already
    const std::uint32_t bucket = bucket_of(futex);
    const std::uint32_t target_bucket = bucket_of(target);
    const std::uint32_t lower = bucket < target_bucket ? bucket : target_bucket;
    const std::uint32_t upper = bucket < target_bucket ? target_bucket : bucket;
    Chain chain(*this);
    std::uint32_t count = 0;
    {
        Atomic32 unused;
        const Inside inside(table_.buckets()[lower].lock);
        const Inside inside_too(lower == upper ? unused : table_.buckets()[upper].lock);
        if (expected != nullptr && from.load_relaxed() != *expected) return {false, 0};
        count = take_out(bucket, futex, wake, kFutexMatchAny, chain);
        Sleeper* sleeper = at(table_.buckets()[bucket].first.load_relaxed());
        for (std::uint32_t moved = 0; sleeper != nullptr && moved < move;) {
            Sleeper* const next = at(sleeper->next.load_relaxed());
            if (sleeper->futex.load_relaxed() == futex) {
                unlink(bucket, *sleeper);
                sleeper->futex.store_relaxed(target);
                append(target_bucket, *sleeper);
                ++moved;
                ++count;
            }
            sleeper = next;
        }
    }
    chain.post_all();
    return {true, count};
}

}  // namespace lwlock::atomics
