/// \file
/// The memory of a lock space: what lies where. Internal to the library.
///
///     header | slot bitmap | slots | tranche entries | name index | counters |
///     futex table | probe | locks | user memory
///
/// All offsets follow from four numbers in the header. A process checks them
/// once, keeps its own copy (SegmentView), and never reads them again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "atomics/futex.hpp"
#include "atomics/word.hpp"
#include "lwlock/last_error.hpp"
#include "lwlock/policy.hpp"
#include "lwlock/slot.hpp"
#include "lwlock/statistics.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

/// Tranche ids are the values of the lock's 16-bit tranche field.
inline constexpr std::uint32_t kTranches = 65536;
/// Longest tranche name, in bytes, without its terminating zero.
inline constexpr std::size_t kMaxTrancheName = 63;

namespace detail {

using atomics::Atomic32;
using atomics::Atomic64;

/// A tranche as the space knows it.
struct TrancheEntry {
    Atomic32 defined;          ///< 1 once name and locks are final
    std::uint32_t lock_count;  ///< locks requested with the name, 0 for none
    std::uint64_t first_lock;  ///< index of the first in the lock area, in locks without padding
    char name[kMaxTrancheName + 1];
    Atomic32 policy;          ///< a TranchePolicy, packed
    std::uint32_t lock_room;  ///< from one of its locks to the next, in locks without padding
};
static_assert(sizeof(TrancheEntry) == 88);

/// Open-addressing table from a name's hash to tranche id + 1; 0 is empty.
inline constexpr std::uint32_t kNameIndexSize = 2 * kTranches;

struct SegmentHeader {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t layout;  ///< fingerprint of all struct sizes
    std::uint64_t size;
    std::uint32_t slot_count;
    std::uint32_t lock_count;
    std::uint64_t user_bytes;
    std::uint32_t shared;                        ///< 1: several processes use it, 0: threads of one
    std::uint32_t page_bytes;                    ///< what the size is a multiple of
    std::uint32_t emulated;                      ///< 1: its futexes are in the futex table
    std::uint32_t memory_fault;                  ///< a MemoryFault
    Atomic32 ready;                              ///< 1 when creation is complete
    Atomic32 slots_ever_used;                    ///< slots from this number on were never claimed
    Atomic32 next_tranche;                       ///< next id that new_tranche() tries
    Atomic32 locks_used;                         ///< locks handed out of the lock area
    std::uint32_t full_fences;                   ///< 1: readers fence; see asymmetric_fence.hpp
    alignas(16) std::uint32_t registry_lock[4];  ///< a Lock: serialises tranche definitions
};
static_assert(sizeof(SegmentHeader) == 96 && std::is_standard_layout_v<SegmentHeader>);

inline constexpr std::uint64_t kMagic = 0x3143'5053'4b4c'574c;  // "LWLKSPC1"
inline constexpr std::uint32_t kVersion = 1;

/// Pages that a segment can consist of.
inline constexpr std::uint32_t kStandardPage = 4096;
inline constexpr std::uint32_t kHugePage = 2 * 1024 * 1024;

/// Byte offsets of the parts, a pure function of the three counts and the page.
struct Layout {
    std::uint32_t slot_count = 0;
    std::uint32_t lock_count = 0;
    std::uint64_t user_bytes = 0;
    std::uint32_t page_bytes = kStandardPage;

    std::uint64_t bitmap = 0;
    std::uint64_t slots = 0;
    std::uint64_t tranches = 0;
    std::uint64_t name_index = 0;
    std::uint64_t counters = 0;
    std::uint64_t futexes = 0;
    std::uint64_t probe = 0;  ///< two standard pages, for the self-test of the memory
    std::uint64_t locks = 0;
    std::uint64_t user = 0;
    std::uint64_t size = 0;

    /// How many can sleep in the futex table. Whoever waits has a slot; in a space
    /// that is shared by few, helpers of asynchronous waits outnumber them.
    std::uint32_t sleepers() const { return 2 * slot_count + 64; }
};

/// Fills a layout; false when a count is out of range or the size overflows.
bool make_layout(std::uint32_t slots, std::uint32_t locks, std::uint64_t user_bytes,
                 std::uint32_t page_bytes, Layout& out);

/// A mapped lock space as one process sees it. Plain data, cheap to copy.
struct SegmentView {
    std::byte* base = nullptr;
    Layout layout;
    atomics::Scope scope = atomics::Scope::process;
    bool full_fences = true;

    SegmentHeader& header() const { return *reinterpret_cast<SegmentHeader*>(base); }
    /// Slots from this number on were never claimed; never more than there are.
    std::uint32_t slots_in_use() const {
        const std::uint32_t used = header().slots_ever_used.load_acquire();
        return used < layout.slot_count ? used : layout.slot_count;
    }
    Atomic64* bitmap() const { return reinterpret_cast<Atomic64*>(base + layout.bitmap); }
    Slot* slots() const { return reinterpret_cast<Slot*>(base + layout.slots); }
    TrancheEntry* tranches() const {
        return reinterpret_cast<TrancheEntry*>(base + layout.tranches);
    }
    Atomic32* name_index() const { return reinterpret_cast<Atomic32*>(base + layout.name_index); }
    TrancheCounters& counters(std::uint16_t tranche) const {
        return reinterpret_cast<TrancheCounters*>(base + layout.counters)[tranche];
    }
    TranchePolicy policy(std::uint16_t tranche) const {
        return TranchePolicy::unpacked(tranches()[tranche].policy.load_relaxed());
    }
    /// The address at `location`, if a lock can lie there; else null.
    void* lock_at(Location location) const {
        const auto offset = static_cast<std::uint64_t>(location);  // negative becomes huge
        return offset % 4 == 0 && offset <= layout.size - 16 ? base + offset : nullptr;
    }
};

/// Whether spaces that are not told otherwise emulate their futexes: what the
/// library was built for, with the option LWLOCK_FUTEX.
bool emulates_by_default();

/// Whose futexes a segment uses, and what the self-test of its memory said.
struct FutexChoice {
    bool emulated;
    std::uint32_t memory_fault;  ///< a MemoryFault
};

/// Writes header and contents into zeroed memory of layout.size bytes.
SegmentView format_segment(std::byte* memory, const Layout& layout, atomics::Scope::Kind kind,
                           FutexChoice futexes);

/// The view of a segment whose layout is known.
SegmentView view_of(std::byte* memory, const Layout& layout, atomics::Scope::Kind kind,
                    bool emulated);

/// Checks the header at `memory`, of which `available` bytes are mapped.
/// \return bad_segment, bad_version, damaged_segment, and the reason; or ok and the view.
Status check_segment(std::byte* memory, std::uint64_t available, SegmentView& out, Reason& reason);
/// Whether so many bytes can hold a header; if not, why.
bool has_header(std::uint64_t available, Reason& reason);

/// Claims a free slot by number; kNoSlot when all are taken.
inline constexpr std::uint32_t kNoSlot = UINT32_MAX;
std::uint32_t claim_slot(const SegmentView& space);
void free_slot(const SegmentView& space, std::uint32_t number);

/// Copies the name of a tranche, or "tranche 123" if it has none or `space` is none
/// (tranche.cpp).
void copy_tranche_name(const SegmentView& space, std::uint16_t id,
                       char (&buffer)[kMaxTrancheName + 1]);

}  // namespace detail
}  // namespace lwlock
