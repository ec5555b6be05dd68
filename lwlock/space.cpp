#include "lwlock/space.hpp"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lwlock/misuse.hpp"
#include "lwlock/private_space.hpp"

namespace lwlock {
namespace {

using detail::noted;
using detail::Reason;
using detail::SegmentView;

Status layout_for(const SpaceOptions& options, detail::Layout& layout, Reason& reason) {
    const std::uint32_t page =
        options.pages == Pages::huge ? detail::kHugePage : detail::kStandardPage;
    if (options.futexes > Futexes::emulated) {
        reason.say("futexes: there is no choice %u", static_cast<unsigned>(options.futexes));
    } else if (options.pages > Pages::huge) {
        reason.say("pages: no such choice here, %u", static_cast<unsigned>(options.pages));
    } else if (options.backends == 0 || options.backends > state::kMaxBackends) {
        reason.say("backends: %u, not 1 to %u", options.backends, state::kMaxBackends);
    } else if (!detail::make_layout(options.backends, options.locks, options.user_bytes, page,
                                    layout)) {
        reason.say("user_bytes: %" PRIu64 " are too many", options.user_bytes);
    } else {
        return Status::ok;
    }
    return Status::bad_argument;
}

// Memory of the caller: at a page's start, and without larger ones.
bool is_aligned(const void* memory, Reason& reason) {
    if (memory != nullptr && reinterpret_cast<std::uintptr_t>(memory) % 4096 == 0) return true;
    reason.say("the memory begins at %p, not at a multiple of 4096", memory);
    return false;
}

// The system is told the size of a huge page by its logarithm, at the same bits
// for mappings and files.
constexpr unsigned kOfTwoMegabytes = 21u << MAP_HUGE_SHIFT;
constexpr int kHugeMapping = MAP_HUGETLB | kOfTwoMegabytes;

// Huge pages are reserved by the mapping, so that a lack of them is found here;
// standard ones are not, and only those count that are touched.
Status map(int descriptor, std::uint64_t size, bool huge, std::byte*& memory) {
    int kind = MAP_SHARED | (huge ? 0 : MAP_NORESERVE);
    if (descriptor < 0) kind |= MAP_ANONYMOUS | (huge ? kHugeMapping : 0);
    void* const address = mmap(nullptr, size, PROT_READ | PROT_WRITE, kind, descriptor, 0);
    if (address == MAP_FAILED) {
        return huge && errno == ENOMEM ? Status::no_huge_pages : Status::system_error;
    }
    memory = static_cast<std::byte*>(address);
    return Status::ok;
}

bool has_standard_pages(const SpaceOptions& options, Reason& reason) {
    if (options.pages == Pages::standard) return true;
    reason.say("pages: standard ones only");
    return false;
}

bool is_usable(const void* memory, std::size_t size, const SpaceOptions& options,
               const detail::Layout& layout, Reason& reason) {
    if (!is_aligned(memory, reason) || !has_standard_pages(options, reason)) return false;
    if (size < layout.size) {
        reason.say("%zu bytes are less than the %" PRIu64 " needed", size, layout.size);
    }
    return size >= layout.size;
}

// Formats a new space in zeroed memory, with futexes that work there.
SegmentView format(std::byte* memory, const detail::Layout& layout, atomics::Scope::Kind kind,
                   Futexes wanted) {
    MemoryFault fault = MemoryFault::untested;
    bool emulated = wanted == Futexes::emulated;
    if (wanted == Futexes::automatic) {
        if (kind == atomics::Scope::Kind::shared && !detail::emulates_by_default()) {
            fault = detail::test_memory(memory + layout.probe);
        }
        emulated = detail::emulates_by_default() || fault == MemoryFault::lost_wake ||
                   fault == MemoryFault::crosstalk;
    }
    if (kind == atomics::Scope::Kind::shared) detail::forbid_implicit_attach();
    return detail::format_segment(
        memory, layout, kind,
        {.emulated = emulated, .memory_fault = static_cast<std::uint32_t>(fault)});
}

// The same space with the pages that there are.
template <typename Create>
Status with_pages(SpaceOptions options, Reason& reason, Create create) {
    if (options.pages != Pages::huge_if_reserved) return create(options);
    options.pages = Pages::huge;
    const Status status = create(options);
    if (status != Status::no_huge_pages) return status;
    options.pages = Pages::standard;
    reason = {};
    return create(options);
}

// Closes on every way out, without disturbing the errno that is reported.
void close_quietly(int descriptor) {
    const int saved = errno;
    close(descriptor);
    errno = saved;
}

}  // namespace

// ---- Creating ----

Status LockSpace::map_new(int descriptor, const SpaceOptions& options, LockSpace& out,
                          Reason& reason) {
    detail::Layout layout;
    Status status = layout_for(options, layout, reason);
    if (status != Status::ok) return status;
    if (descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(layout.size)) != 0) {
        return Status::system_error;
    }
    std::byte* memory = nullptr;
    status = map(descriptor, layout.size, options.pages == Pages::huge, memory);
    if (status == Status::no_huge_pages) {
        reason.say("%" PRIu64 " of 2 MiB are needed", layout.size / detail::kHugePage);
    }
    if (status != Status::ok) return status;
    out.view_ = format(memory, layout, atomics::Scope::Kind::shared, options.futexes);
    out.memory_ = Memory::mapped;
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::create_anonymous(const SpaceOptions& options, LockSpace& out) {
    Reason reason;
    const Status status = with_pages(options, reason, [&](const SpaceOptions& these) {
        return map_new(-1, these, out, reason);
    });
    return noted(status, "create_anonymous", "", reason);
}

Status LockSpace::create_memfd(const SpaceOptions& options, LockSpace& out) {
    Reason reason;
    const Status status = with_pages(options, reason, [&](const SpaceOptions& these) {
        return create_memfd_of_pages(these, out, reason);
    });
    return noted(status, "create_memfd", "", reason);
}

Status LockSpace::create_memfd_of_pages(const SpaceOptions& options, LockSpace& out,
                                        Reason& reason) {
    constexpr unsigned kHugeFile = MFD_HUGETLB | kOfTwoMegabytes;
    const int descriptor = memfd_create(
        "lwlock", MFD_CLOEXEC | MFD_ALLOW_SEALING | (options.pages == Pages::huge ? kHugeFile : 0));
    if (descriptor < 0) return Status::system_error;
    const Status status = map_new(descriptor, options, out, reason);
    if (status != Status::ok) {
        close_quietly(descriptor);
        return status;
    }
    // Nobody who is given the descriptor can cut the memory off under the others.
    fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    out.descriptor_ = descriptor;
    return Status::ok;
}

Status LockSpace::create_named(const char* name, const SpaceOptions& options, LockSpace& out) {
    Reason reason;
    return noted(create_file(name, options, out, reason), "create_named", name, reason);
}

Status LockSpace::create_file(const char* name, const SpaceOptions& options, LockSpace& out,
                              Reason& reason) {
    if (!has_standard_pages(options, reason)) return Status::bad_argument;
    const int descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (descriptor < 0) return Status::system_error;
    const Status status = map_new(descriptor, options, out, reason);
    close_quietly(descriptor);
    if (status != Status::ok) {
        const int saved = errno;
        shm_unlink(name);
        errno = saved;
    }
    return status;
}

Status LockSpace::create_in(void* memory, std::size_t size, bool shared,
                            const SpaceOptions& options, LockSpace& out) {
    Reason reason;
    detail::Layout layout;
    Status status = layout_for(options, layout, reason);
    if (status == Status::ok && !is_usable(memory, size, options, layout, reason)) {
        status = Status::bad_argument;
    }
    if (status != Status::ok) return noted(status, "create_in", "", reason);
    using Kind = atomics::Scope::Kind;
    out.view_ = format(static_cast<std::byte*>(memory), layout,
                       shared ? Kind::shared : Kind::process, options.futexes);
    out.memory_ = Memory::callers;
    out.descriptor_ = -1;
    return Status::ok;
}

std::uint64_t LockSpace::required_size(const SpaceOptions& options) {
    Reason unsaid;
    detail::Layout layout;
    return layout_for(options, layout, unsaid) == Status::ok ? layout.size : 0;
}

// ---- Joining ----

Status LockSpace::join_file(int descriptor, LockSpace& out, Reason& reason) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) return Status::system_error;
    const auto size = static_cast<std::uint64_t>(file.st_size);
    if (!detail::has_header(size, reason)) return Status::bad_segment;
    std::byte* memory = nullptr;
    Status status = map(descriptor, size, false, memory);
    if (status != Status::ok) return status;
    status = join(memory, size, out, reason);
    if (status != Status::ok) {
        munmap(memory, size);
        return status;
    }
    // Mapped is what the header says, so that unmap() knows the size.
    if (size > out.view_.layout.size) {
        munmap(memory + out.view_.layout.size, size - out.view_.layout.size);
    }
    out.memory_ = Memory::mapped;
    return Status::ok;
}

Status LockSpace::join(void* memory, std::size_t size, LockSpace& out, Reason& reason) {
    SegmentView view;
    const Status status =
        detail::check_segment(static_cast<std::byte*>(memory), size, view, reason);
    if (status != Status::ok) return status;
    if (view.scope.kind() == atomics::Scope::Kind::shared) detail::forbid_implicit_attach();
    out.view_ = view;
    out.memory_ = Memory::callers;
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::open_descriptor(int descriptor, LockSpace& out) {
    Reason reason;
    return noted(join_file(descriptor, out, reason), "open_descriptor", "", reason);
}

Status LockSpace::open_named(const char* name, LockSpace& out) {
    Reason reason;
    const int descriptor = shm_open(name, O_RDWR, 0);
    if (descriptor < 0) return noted(Status::system_error, "open_named", name);
    const Status status = join_file(descriptor, out, reason);
    close_quietly(descriptor);
    return noted(status, "open_named", name, reason);
}

Status LockSpace::open_at(void* memory, std::size_t size, LockSpace& out) {
    Reason reason;
    const Status status =
        is_aligned(memory, reason) ? join(memory, size, out, reason) : Status::bad_argument;
    return noted(status, "open_at", "", reason);
}

Status LockSpace::unlink_named(const char* name) {
    return noted(shm_unlink(name) == 0 ? Status::ok : Status::system_error, "unlink_named", name);
}

Status LockSpace::process_private(LockSpace& out) {
    SegmentView view;
    const Status status = detail::private_space(view);
    if (status != Status::ok) return noted(status, "process_private");
    out.view_ = view;
    out.memory_ = Memory::callers;  // it lasts as long as the process
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::attach() const {
    Reason reason;
    const Status status = detail::attach_backend(view_);
    if (status == Status::no_free_slot) reason.say("it has %u", backends());
    if (status == Status::system_error) reason.say("membarrier does not register the process");
    return noted(status, "attach", "", reason);
}

void LockSpace::unmap() {
    if (memory_ == Memory::mapped) {
        const detail::Backend& self = detail::this_backend;
        if (self.slot != nullptr && self.space.base == view_.base) {
            detail::misused(Status::already_attached, "unmap");
        }
        munmap(view_.base, view_.layout.size);
    }
    if (descriptor_ >= 0) close(descriptor_);
    *this = LockSpace();
}

Pages LockSpace::pages() const {
    return view_.layout.page_bytes == detail::kHugePage ? Pages::huge : Pages::standard;
}

Futexes LockSpace::futexes() const {
    return view_.scope.table() != nullptr ? Futexes::emulated : Futexes::system;
}

MemoryFault LockSpace::memory_fault() const {
    return static_cast<MemoryFault>(view_.header().memory_fault);
}

}  // namespace lwlock
