/// \file
/// Lock spaces: where backends have their slots, tranches their names, and
/// named lock arrays their memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lwlock/backend.hpp"
#include "lwlock/segment.hpp"
#include "lwlock/self_test.hpp"
#include "lwlock/statistics.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

/// Whose futexes the waiters of a space sleep on.
enum class Futexes : std::uint32_t {
    /// The system's, if a self-test finds that they work in the memory of a shared
    /// space, else emulated ones; emulated in any case if the library was built so
    /// (LWLOCK_FUTEX). The test forks; it takes less than a millisecond, and more
    /// in a process with much private memory.
    automatic = 0,
    system = 1,    ///< the system's, untested
    emulated = 2,  ///< wait lists in the space, and semaphores
};

struct PaddedLock;

/// What memory a space is made of. Anonymous spaces and memory files can have
/// huge pages, of 2 MiB, which the administrator must have reserved
/// (vm.nr_hugepages): they are never swapped and spare address translations.
enum class Pages : std::uint32_t {
    standard = 0,
    huge = 1,              ///< no_huge_pages when too few are reserved
    huge_if_reserved = 2,  ///< standard ones when too few are reserved
};

/// What a new lock space shall have room for, and be made of.
struct SpaceOptions {
    std::uint32_t backends = 128;  ///< backend slots, 1 to 2^18 - 1
    std::uint32_t locks = 0;       ///< locks that named tranches can ask for; see kPaddedLockRoom
    std::uint64_t user_bytes = 0;  ///< zeroed memory for the engine's own data
    Futexes futexes = Futexes::automatic;
    Pages pages = Pages::standard;  ///< others for create_anonymous() and create_memfd() only
};

/// What a backend waits for and holds, as seen from outside at some moment.
struct BackendReport {
    std::uint32_t process;  ///< 0: the slot is free
    std::uint32_t thread;
    WaitKind waiting;                ///< none when not waiting
    Location wait_location;          ///< offset in the segment; see LockSpace::lock_at()
    std::uint64_t wait_since;        ///< CLOCK_MONOTONIC nanoseconds
    std::uint64_t waits;             ///< since attach
    std::uint64_t wait_nanoseconds;  ///< since attach
    std::uint32_t held_count;
    HeldEntry held[kMaxHeldLocks];
};

/// A process's handle of a lock space. Copies are views of the same mapping;
/// unmap() ends it for all of them. Plain data: it owns nothing by itself.
class LockSpace {
  public:
    LockSpace() = default;

    /// \name Creating
    /// Each returns ok, bad_argument (a count out of range, or huge pages where
    /// there are none), no_huge_pages, or system_error with errno set. Memory is zeroed, and
    /// touched only where it is used.
    /// \{

    /// Shared with the children that the process forks.
    static Status create_anonymous(const SpaceOptions& options, LockSpace& out);
    /// In a memory file whose descriptor others can be given; see descriptor().
    static Status create_memfd(const SpaceOptions& options, LockSpace& out);
    /// In POSIX shared memory "/name", mode 0600. Fails with errno EEXIST when
    /// the name exists.
    static Status create_named(const char* name, const SpaceOptions& options, LockSpace& out);
    /// In memory that the caller supplies: zeroed, 4096-byte aligned, at least
    /// required_size() long. `shared`: whether other processes will use it.
    static Status create_in(void* memory, std::size_t size, bool shared,
                            const SpaceOptions& options, LockSpace& out);
    /// Bytes that a space needs, 0 when the options are out of range.
    static std::uint64_t required_size(const SpaceOptions& options);
    /// \}

    /// \name Joining an existing one
    /// Each returns ok, bad_segment (also: not complete yet, try again),
    /// bad_version, damaged_segment, bad_argument (misaligned memory), or
    /// system_error with errno set. A foreign segment is never written. All
    /// processes of a space must share a PID namespace: a process id tells
    /// whether the owner of a slot is alive.
    /// \{
    static Status open_descriptor(int descriptor, LockSpace& out);
    static Status open_named(const char* name, LockSpace& out);
    static Status open_at(void* memory, std::size_t size, LockSpace& out);
    /// \}

    /// Removes the name of POSIX shared memory; who has it mapped keeps it.
    static Status unlink_named(const char* name);

    /// The space that unattached threads join by themselves. Mapped on first use.
    static Status process_private(LockSpace& out);

    /// Makes the calling thread a backend of this space. A thread has one slot
    /// at a time, which ends with the thread or with detach(). After fork(),
    /// the child is not attached. Detach before exec(). When every slot is taken,
    /// one whose process is gone and that holds nothing is taken over.
    /// \return ok, already_attached, no_free_slot, system_error where the kernel has
    /// membarrier and refuses to register the process
    Status attach() const;

    /// Unmaps; no thread of this process may be attached or use its locks.
    /// Nothing happens to other processes. Memory of create_in() and open_at()
    /// stays mapped, it is the caller's.
    /// \misuse already_attached when the calling thread is attached through this
    /// mapping; other threads are not looked for.
    void unmap();

    bool valid() const { return view_.base != nullptr; }
    /// The memory file, -1 for other kinds of space.
    int descriptor() const { return descriptor_; }
    std::uint32_t backends() const { return view_.layout.slot_count; }
    /// Slots with this number and above were never used.
    std::uint32_t backends_ever_used() const;
    void* user_memory() const { return view_.base + view_.layout.user; }
    std::uint64_t user_bytes() const { return view_.layout.user_bytes; }
    std::uint64_t size() const { return view_.layout.size; }
    /// standard or huge.
    Pages pages() const;
    /// system or emulated, for all processes of the space.
    Futexes futexes() const;
    /// What the self-test said when the space was created; see Futexes::automatic.
    MemoryFault memory_fault() const;

    /// \name Tranches (tranche.cpp)
    /// Names and ids are the same in every process that has the space mapped.
    /// The calling thread must be attached to this space for those that define,
    /// which may also fail with too_many_held, damaged_segment, or timed_out when
    /// another definition has not ended after two seconds. Looking up takes no lock.
    /// \{

    /// Takes the next free id, from 256 on, and gives it the name.
    /// \return ok, duplicate_name, bad_name, tranches_exhausted, not_attached
    Status new_tranche(const char* name, std::uint16_t& id) const;
    /// Names an id of the engine's own numbering. Naming it the same again is ok.
    /// \return ok, duplicate_name (of the name or the id), bad_name, not_attached
    Status register_tranche(std::uint16_t id, const char* name) const;
    /// new_tranche(), and `count` locks of it in the space's lock area, 16 bytes
    /// apart. \return as new_tranche(), or no_lock_room, bad_argument for none
    Status request_tranche(const char* name, std::uint32_t count, std::uint16_t& id) const;
    /// request_tranche() with a PaddedLock each. One takes the room of kPaddedLockRoom
    /// others, and the first one begins at a multiple of that: what is requested without
    /// padding before may leave a gap.
    Status request_padded_tranche(const char* name, std::uint32_t count, std::uint16_t& id) const;
    /// What the locks of a tranche do; for defined and undefined ids alike, at any
    /// time, from any process. Takes effect lock by lock as they are used.
    void set_tranche_policy(std::uint16_t id, TranchePolicy policy) const;
    TranchePolicy tranche_policy(std::uint16_t id) const;
    /// The locks of a requested tranche, without and with padding.
    /// \return ok, no_tranche (also: without locks, or they are of the other kind),
    /// bad_name, damaged_segment
    /// \{
    Status named_tranche(const char* name, std::span<Lock>& locks) const;
    Status named_tranche(const char* name, std::span<PaddedLock>& locks) const;
    /// \}
    /// \return ok, no_tranche, bad_name
    Status find_tranche(const char* name, std::uint16_t& id) const;
    /// Copies the name, at most kMaxTrancheName bytes and a zero, into `buffer`;
    /// an id without a name gives "tranche 123". This is a lock's wait-event name.
    void tranche_name(std::uint16_t id, char (&buffer)[kMaxTrancheName + 1]) const;
    /// Each counter by itself is exact, the set is no snapshot.
    TrancheStatistics statistics(std::uint16_t tranche) const;
    /// \}

    /// \name Looking at backends (report.cpp)
    /// \{

    /// Reads a slot while its owner goes on: each field and each entry is whole,
    /// together they may be of different moments. False when out of range.
    bool report(BackendNumber backend, BackendReport& out) const;
    /// The lock at a location of a report; null when it lies outside the segment.
    Lock* lock_at(Location location) const;
    /// Ends the cancellable wait of a backend, now or, if it has none, the next
    /// one. From any thread or process, attached or not. \return ok, bad_argument
    Status cancel_wait(BackendNumber backend) const;
    /// \}

    const detail::SegmentView& view() const { return view_; }

  private:
    enum class Memory : std::uint8_t { none, mapped, callers };

    // What creates and joins, with the reason of a failure.
    static Status map_new(int descriptor, const SpaceOptions& options, LockSpace& out,
                          detail::Reason& reason);
    static Status create_memfd_of_pages(const SpaceOptions& options, LockSpace& out,
                                        detail::Reason& reason);
    static Status create_file(const char* name, const SpaceOptions& options, LockSpace& out,
                              detail::Reason& reason);
    static Status join_file(int descriptor, LockSpace& out, detail::Reason& reason);
    static Status join(void* memory, std::size_t size, LockSpace& out, detail::Reason& reason);

    detail::SegmentView view_;
    int descriptor_ = -1;
    Memory memory_ = Memory::none;
};

/// Forgets a cancellation of the calling backend that no wait has consumed.
void reset_cancel();

/// The wait-event name of a lock: its tranche's name in the calling backend's
/// space, valid until the next call by the same thread.
const char* wait_event_name(const Lock& lock);

}  // namespace lwlock
