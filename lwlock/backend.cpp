#include "lwlock/backend.hpp"

#include <pthread.h>
#include <unistd.h>

#include "atomics/asymmetric_fence.hpp"
#include "atomics/cpus.hpp"
#include "lwlock/last_error.hpp"
#include "lwlock/lock.hpp"
#include "lwlock/misuse.hpp"
#include "lwlock/private_space.hpp"

namespace lwlock {
namespace detail {

constinit LWLOCK_THREAD_LOCAL Backend this_backend;

namespace {

constinit Atomic32 implicit_attach_forbidden;
constinit pthread_once_t hooks_once = PTHREAD_ONCE_INIT;
constinit pthread_key_t exit_key;
constinit Atomic32 have_exit_key;

// The youngest stands for all of them.
void say_what_is_held(Reason& reason) {
    const Backend& self = this_backend;
    if (self.held() == 0) return reason.say("asynchronous requests pending: %u", self.requests);
    const HeldEntry entry = HeldEntry::unpacked(self.entry(self.held() - 1).load_relaxed());
    // In a shared space, others may have damaged the entry.
    const bool is_private = self.space.scope.kind() == atomics::Scope::Kind::process;
    const auto* const lock = static_cast<const Lock*>(
        is_private ? address_of(entry.location, self.base) : self.space.lock_at(entry.location));
    if (lock == nullptr) {
        return reason.say("%u held, the last %s", self.held(), name_of(entry.mode));
    }
    char name[kMaxTrancheName + 1];
    copy_tranche_name(self.space, lock->tranche(), name);
    reason.say("%u held, the last %s, tranche %u \"%s\"", self.held(), name_of(entry.mode),
               static_cast<unsigned>(lock->tranche()), name);
}

// A thread that ends gives its slot back. One that ends with locks held cannot.
void on_thread_exit(void*) {
    if (this_backend.slot == nullptr) return;
    if (detach_backend() == Status::holds_locks) {
        Reason reason;
        say_what_is_held(reason);
        misused(Status::holds_locks, "end of thread", reason.text);
    }
}

// The child has a copy of the parent's thread-local data, but the slot stays
// the parent's.
void on_fork_in_child() {
    this_backend = Backend{};
    abandon_slots_of_private_space();
}

void install_hooks() {
    have_exit_key.store_release(pthread_key_create(&exit_key, on_thread_exit) == 0 ? 1 : 0);
    pthread_atfork(nullptr, nullptr, on_fork_in_child);
}

}  // namespace

std::uint32_t find_held(const Backend& self, const void* lock) {
    const Location location = location_of(lock, self.base);
    for (std::uint32_t index = self.held(); index-- > 0;) {
        if (HeldEntry::unpacked(self.entry(index).load_relaxed()).location == location) {
            return index;
        }
    }
    return kMaxHeldLocks;
}

std::uint32_t find_held_in_mode(const Backend& self, const void* lock, Mode mode) {
    const Location location = location_of(lock, self.base);
    for (std::uint32_t index = self.held(); index-- > 0;) {
        const HeldEntry entry = HeldEntry::unpacked(self.entry(index).load_relaxed());
        if (entry.location == location && entry.mode == mode) return index;
    }
    return kMaxHeldLocks;
}

void remove_entry(Backend& self, std::uint32_t index) {
    const std::uint32_t last = self.held() - 1;
    for (; index < last; ++index) {
        self.entry(index).store_release(self.entry(index + 1).load_relaxed());
        atomics::compiler_barrier();
    }
    // Release, as above: the end of a biased holding, which Slot::names() sees.
    self.entry(last).store_release(0);
    self.set_held(last);
}

void forbid_implicit_attach() { implicit_attach_forbidden.store_relaxed(1); }

Status attach_implicitly() {
    if (implicit_attach_forbidden.load_relaxed() != 0) return Status::not_attached;
    SegmentView space;
    const Status status = private_space(space);
    return status == Status::ok ? attach_backend(space) : status;
}

Status attach_backend(const SegmentView& space) {
    Backend& self = this_backend;
    if (self.slot != nullptr) return Status::already_attached;
    // Other processes rely on it that heavy fences reach this one.
    if (!space.full_fences && !atomics::register_for_heavy_fences(space.scope.kind()) &&
        atomics::kAsymmetricFences) {
        return Status::system_error;
    }
    pthread_once(&hooks_once, install_hooks);

    const std::uint32_t number = claim_slot(space);
    if (number == kNoSlot) return Status::no_free_slot;
    Slot& slot = space.slots()[number];
    for (Atomic64& entry : slot.held.entries) entry.store_relaxed(0);
    slot.cancel.store_relaxed(0);
    slot.wait_kind.store_relaxed(static_cast<std::uint32_t>(WaitKind::none));
    slot.waits.store_relaxed(0);
    slot.wait_nanoseconds.store_relaxed(0);
    slot.watermark.store_relaxed(kFirstWatermark);
    slot.thread.store_relaxed(static_cast<std::uint32_t>(gettid()));
    slot.process.store_release(static_cast<std::uint32_t>(getpid()));  // last: the slot is valid

    self = Backend{.next = slot.held.entries,
                   .limit = slot.held.entries + kFirstWatermark,
                   .base = reinterpret_cast<std::uintptr_t>(space.base),
                   .exclusive_unit = state::exclusive_unit(number),
                   .full_fences = space.full_fences || !atomics::kAsymmetricFences,
                   .number = number,
                   .first = slot.held.entries,
                   .slot = &slot,
                   .cpus = atomics::usable_cpus(),
                   .space = space};
    // Any value but null makes the thread's end call on_thread_exit().
    if (have_exit_key.load_acquire() != 0) pthread_setspecific(exit_key, &slot);
    return Status::ok;
}

Status detach_backend() {
    Backend& self = this_backend;
    if (self.slot == nullptr) return Status::not_attached;
    if (self.held() != 0 || self.requests != 0) return Status::holds_locks;
    self.slot->process.store_release(0);
    free_slot(self.space, self.number);
    self = Backend{};
    return Status::ok;
}

}  // namespace detail

BackendNumber my_backend() { return detail::this_backend.number; }

Status detach() {
    detail::Reason reason;
    const Status status = detail::detach_backend();
    if (status == Status::holds_locks) detail::say_what_is_held(reason);
    return detail::noted(status, "detach", "", reason);
}

std::size_t held_count() { return detail::this_backend.held(); }

void reset_cancel() {
    if (Slot* const slot = detail::this_backend.slot) slot->cancel.store_relaxed(0);
}

bool any_held_by_me(const Lock* first, std::size_t count, std::size_t stride) {
    if (stride == 0) return false;
    const detail::Backend& self = detail::this_backend;
    const Location begin = location_of(first, self.base);
    for (std::uint32_t index = 0; index < self.held(); ++index) {
        const Location location = HeldEntry::unpacked(self.entry(index).load_relaxed()).location;
        const auto distance = static_cast<std::uint64_t>(location - begin);
        if (distance % stride == 0 && distance / stride < count) return true;
    }
    return false;
}

void for_each_held_by_me(void (*visit)(Lock& lock, Mode mode, void* context), void* context) {
    const detail::Backend& self = detail::this_backend;
    for (std::uint32_t index = 0; index < self.held(); ++index) {
        const HeldEntry entry = HeldEntry::unpacked(self.entry(index).load_relaxed());
        visit(*static_cast<Lock*>(address_of(entry.location, self.base)), entry.mode, context);
    }
}

}  // namespace lwlock
