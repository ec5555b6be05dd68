#include "lwlock/private_space.hpp"

#include <sys/mman.h>

#include "atomics/emulated_futex.hpp"
#include "lwlock/self_test.hpp"

namespace lwlock::detail {
namespace {

// Threads of one process, and named locks. Only what is used is ever touched.
constexpr std::uint32_t kThreads = 16384;
constexpr std::uint32_t kLocks = 65536;

// Address of the mapping, 0 before the first use.
constinit Atomic64 mapping;

constexpr auto kKind = atomics::Scope::Kind::process;

Layout fixed_layout() {
    Layout layout;
    make_layout(kThreads, kLocks, 0, kStandardPage, layout);
    return layout;
}

SegmentView view_at(std::uint64_t address) {
    return view_of(reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(address)),
                   fixed_layout(), kKind, emulates_by_default());
}

}  // namespace

Status private_space(SegmentView& out) {
    std::uint64_t address = mapping.load_acquire();
    if (address == 0) {
        const Layout layout = fixed_layout();
        void* const memory = mmap(nullptr, layout.size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) return Status::system_error;
        format_segment(static_cast<std::byte*>(memory), layout, kKind,
                       {.emulated = emulates_by_default(),
                        .memory_fault = static_cast<std::uint32_t>(MemoryFault::untested)});
        const auto mine = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(memory));
        if (mapping.cas_acq_rel(address, mine)) {
            address = mine;
        } else {
            munmap(memory, layout.size);  // another thread was first
            address = mapping.load_acquire();
        }
    }
    out = view_at(address);
    return Status::ok;
}

bool is_private_space(const SegmentView& space) {
    return reinterpret_cast<std::uintptr_t>(space.base) == mapping.load_relaxed();
}

void abandon_slots_of_private_space() {
    const std::uint64_t address = mapping.load_acquire();
    if (address == 0) return;
    const SegmentView space = view_at(address);
    if (atomics::FutexTable* const table = space.scope.table()) table->reset();
    // A thread that is gone may have been in the middle of a definition.
    for (std::uint32_t& word : space.header().registry_lock) word = 0;
    const std::uint32_t used = space.slots_in_use();
    for (std::uint32_t number = 0; number < used; ++number) {
        space.slots()[number].process.store_relaxed(0);
        free_slot(space, number);
    }
}

}  // namespace lwlock::detail
