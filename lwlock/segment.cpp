#include "lwlock/segment.hpp"

#include <inttypes.h>

#include <initializer_list>

#include "atomics/asymmetric_fence.hpp"
#include "atomics/emulated_futex.hpp"
#include "atomics/process.hpp"
#include "lwlock/self_test.hpp"
#include "lwlock/state.hpp"

namespace lwlock::detail {
namespace {

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

constexpr std::uint64_t bitmap_words(std::uint32_t slots) {
    return (std::uint64_t{slots} + 63) / 64;
}

// Changes whenever a struct in the segment changes its size, so that processes
// built from different sources refuse each other.
constexpr std::uint32_t layout_fingerprint() {
    std::uint32_t hash = 2166136261u;
    for (const std::size_t part :
         {sizeof(SegmentHeader), sizeof(Slot), sizeof(TrancheEntry), sizeof(TrancheCounters),
          std::size_t{kNameIndexSize}, sizeof(atomics::FutexTable)}) {
        hash = (hash ^ static_cast<std::uint32_t>(part)) * 16777619u;
    }
    return hash;
}

// A slot whose process is gone and that holds nothing can be taken over: its
// owner ended without detaching. One that still names a lock stays: the lock
// is in an unknown state and the slot is the only witness.
// \return the dead owner's process id, or 0.
std::uint32_t abandoned_by(const Slot& slot) {
    const std::uint32_t process = slot.process.load_acquire();
    // 0: being claimed or freed just now.
    if (process == 0 || !atomics::is_gone(process)) return 0;
    for (const Atomic64& entry : slot.held.entries) {
        if (HeldEntry::unpacked(entry.load_relaxed()).mark != Mark::none) return 0;
    }
    return process;
}

std::uint32_t claim_clear_bit(const SegmentView& space) {
    const std::uint32_t slots = space.layout.slot_count;
    for (std::uint32_t word = 0; word < bitmap_words(slots); ++word) {
        Atomic64& bits = space.bitmap()[word];
        std::uint64_t seen = bits.load_relaxed();
        while (seen != UINT64_MAX) {
            const auto bit = static_cast<std::uint32_t>(__builtin_ctzll(~seen));
            const std::uint32_t number = word * 64 + bit;
            if (number >= slots) return kNoSlot;
            // Acquire: the last owner's clearing of the slot, in free_slot(), comes first.
            if (bits.cas_acquire(seen, seen | std::uint64_t{1} << bit)) return number;
        }
    }
    return kNoSlot;
}

std::uint32_t claim_abandoned(const SegmentView& space) {
    for (std::uint32_t number = 0; number < space.layout.slot_count; ++number) {
        Slot& slot = space.slots()[number];
        std::uint32_t dead = abandoned_by(slot);
        if (dead != 0 && slot.process.cas_acq_rel(dead, 0)) return number;  // one taker only
    }
    return kNoSlot;
}

// Whether it is a lock space at all, and one of this library's.
Status check_kind(const SegmentHeader& header, Reason& reason) {
    // Acquire: everything that format_segment() wrote before it set `ready`.
    const bool ready = header.ready.load_acquire() == 1;
    const std::uint64_t magic = header.magic;
    if (magic != kMagic && magic != 0) {
        reason.say("the magic number is %#" PRIx64 ", not %#" PRIx64, magic, kMagic);
        return Status::bad_segment;
    }
    if (!ready || magic == 0) {
        reason.say("its creation is not complete");
        return Status::bad_segment;
    }
    if (const std::uint32_t version = header.version; version != kVersion) {
        reason.say("the version is %u, not %u", version, kVersion);
        return Status::bad_version;
    }
    if (const std::uint32_t layout = header.layout; layout != layout_fingerprint()) {
        reason.say("the layout is %#x, not %#x", layout, layout_fingerprint());
        return Status::bad_version;
    }
    return Status::ok;
}

// Whether the header's numbers fit to each other, and to the memory there is.
Status check_numbers(const SegmentHeader& header, std::uint64_t available, Layout& layout,
                     Reason& reason) {
    const std::uint64_t size = header.size;
    if (!make_layout(header.slot_count, header.lock_count, header.user_bytes, header.page_bytes,
                     layout)) {
        reason.say("the number of backends, the user memory or the pages are out of range");
    } else if (layout.size != size) {
        reason.say("the size is %" PRIu64 ", the other numbers give %" PRIu64, size, layout.size);
    } else if (size > available) {
        reason.say("the size is %" PRIu64 ", of which %" PRIu64 " are there", size, available);
    } else {
        return Status::ok;
    }
    return Status::damaged_segment;
}

}  // namespace

bool make_layout(std::uint32_t slots, std::uint32_t locks, std::uint64_t user_bytes,
                 std::uint32_t page_bytes, Layout& out) {
    constexpr std::uint64_t kPage = kStandardPage;
    constexpr std::uint64_t kMaxUser = std::uint64_t{1} << 46;  // offsets stay below 2^48
    if (slots == 0 || slots > state::kMaxBackends || user_bytes > kMaxUser) return false;
    if (page_bytes != kStandardPage && page_bytes != kHugePage) return false;
    out.slot_count = slots;
    out.lock_count = locks;
    out.user_bytes = user_bytes;
    out.page_bytes = page_bytes;
    out.bitmap = round_up(sizeof(SegmentHeader), 64);
    out.slots = round_up(out.bitmap + bitmap_words(slots) * sizeof(Atomic64), kPage);
    out.tranches = round_up(out.slots + std::uint64_t{slots} * sizeof(Slot), kPage);
    out.name_index = out.tranches + kTranches * sizeof(TrancheEntry);
    out.counters = round_up(out.name_index + kNameIndexSize * sizeof(Atomic32), kPage);
    out.futexes = round_up(out.counters + kTranches * sizeof(TrancheCounters), kPage);
    out.probe = round_up(out.futexes + atomics::FutexTable::required_bytes(out.sleepers()), kPage);
    out.locks = out.probe + 2 * kPage;
    out.user = round_up(out.locks + std::uint64_t{locks} * 16, kPage);
    out.size = round_up(out.user + user_bytes, page_bytes);
    return true;
}

bool emulates_by_default() {
#ifdef LWLOCK_EMULATED_FUTEX
    return true;
#else
    return false;
#endif
}

SegmentView view_of(std::byte* memory, const Layout& layout, atomics::Scope::Kind kind,
                    bool emulated) {
    using atomics::Scope;
    Scope scope = kind == Scope::Kind::shared ? Scope::shared : Scope::process;
    if (emulated) {
        auto& table = *reinterpret_cast<atomics::FutexTable*>(memory + layout.futexes);
        scope = Scope::emulated(kind, table, layout.sleepers());
    }
    const auto& header = *reinterpret_cast<const SegmentHeader*>(memory);
    return {
        .base = memory, .layout = layout, .scope = scope, .full_fences = header.full_fences == 1};
}

SegmentView format_segment(std::byte* memory, const Layout& layout, atomics::Scope::Kind kind,
                           FutexChoice futexes) {
    auto& header = *reinterpret_cast<SegmentHeader*>(memory);
    header.version = kVersion;
    header.layout = layout_fingerprint();
    header.size = layout.size;
    header.slot_count = layout.slot_count;
    header.lock_count = layout.lock_count;
    header.user_bytes = layout.user_bytes;
    header.shared = kind == atomics::Scope::Kind::shared ? 1 : 0;
    header.full_fences = atomics::register_for_heavy_fences(kind) ? 0 : 1;
    header.page_bytes = layout.page_bytes;
    header.emulated = futexes.emulated ? 1 : 0;
    header.memory_fault = futexes.memory_fault;
    header.next_tranche.store_relaxed(256);  // ids below are for the engine's own numbering
    header.magic = kMagic;
    if (futexes.emulated) {
        auto& table = *reinterpret_cast<atomics::FutexTable*>(memory + layout.futexes);
        table.format(layout.sleepers(), layout.futexes, layout.size - layout.futexes);
    }
    header.ready.store_release(1);
    return view_of(memory, layout, kind, futexes.emulated);
}

bool has_header(std::uint64_t available, Reason& reason) {
    if (available >= sizeof(SegmentHeader)) return true;
    reason.say("%" PRIu64 " bytes are less than a header's %zu", available, sizeof(SegmentHeader));
    return false;
}

Status check_segment(std::byte* memory, std::uint64_t available, SegmentView& out, Reason& reason) {
    if (!has_header(available, reason)) return Status::bad_segment;
    const auto& header = *reinterpret_cast<const SegmentHeader*>(memory);
    Status status = check_kind(header, reason);
    if (status != Status::ok) return status;
    Layout layout;
    status = check_numbers(header, available, layout, reason);
    if (status != Status::ok) return status;
    const std::uint32_t shared = header.shared;
    const std::uint32_t emulated = header.emulated;
    if (shared > 1 || emulated > 1 || header.full_fences > 1 ||
        header.memory_fault > static_cast<std::uint32_t>(MemoryFault::last)) {
        reason.say("a choice in the header is none that there is");
        return Status::damaged_segment;
    }
    const auto kind = shared == 1 ? atomics::Scope::Kind::shared : atomics::Scope::Kind::process;
    out = view_of(memory, layout, kind, emulated == 1);
    return Status::ok;
}

std::uint32_t claim_slot(const SegmentView& space) {
    std::uint32_t number = claim_clear_bit(space);
    if (number == kNoSlot) number = claim_abandoned(space);
    if (number == kNoSlot) return kNoSlot;
    Atomic32& ever_used = space.header().slots_ever_used;
    std::uint32_t seen = ever_used.load_relaxed();
    while (seen <= number && !ever_used.cas_relaxed(seen, number + 1)) {
    }
    return number;
}

void free_slot(const SegmentView& space, std::uint32_t number) {
    // Release: pairs with the acquire in claim_clear_bit().
    space.bitmap()[number / 64].fetch_and_release(~(std::uint64_t{1} << number % 64));
}

}  // namespace lwlock::detail
