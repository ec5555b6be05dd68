#include "lwlock/space.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lwlock/lock.hpp"
#include "lwlock/misuse.hpp"
#include "lwlock/private_space.hpp"

namespace lwlock {
namespace {

using detail::SegmentView;

Status layout_for(const SpaceOptions& options, detail::Layout& layout) {
    const bool known = options.futexes <= Futexes::emulated && options.pages <= Pages::huge;
    const std::uint32_t page =
        options.pages == Pages::huge ? detail::kHugePage : detail::kStandardPage;
    return known && detail::make_layout(options.backends, options.locks, options.user_bytes, page,
                                        layout)
               ? Status::ok
               : Status::bad_argument;
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
Status with_pages(SpaceOptions options, Create create) {
    if (options.pages != Pages::huge_if_reserved) return create(options);
    options.pages = Pages::huge;
    const Status status = create(options);
    if (status != Status::no_huge_pages) return status;
    options.pages = Pages::standard;
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

Status LockSpace::map_new(int descriptor, const SpaceOptions& options, LockSpace& out) {
    detail::Layout layout;
    Status status = layout_for(options, layout);
    if (status != Status::ok) return status;
    if (descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(layout.size)) != 0) {
        return Status::system_error;
    }
    std::byte* memory = nullptr;
    status = map(descriptor, layout.size, options.pages == Pages::huge, memory);
    if (status != Status::ok) return status;
    out.view_ = format(memory, layout, atomics::Scope::Kind::shared, options.futexes);
    out.memory_ = Memory::mapped;
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::create_anonymous(const SpaceOptions& options, LockSpace& out) {
    return with_pages(options, [&](const SpaceOptions& these) { return map_new(-1, these, out); });
}

Status LockSpace::create_memfd(const SpaceOptions& options, LockSpace& out) {
    return with_pages(options,
                      [&](const SpaceOptions& these) { return create_memfd_of_pages(these, out); });
}

Status LockSpace::create_memfd_of_pages(const SpaceOptions& options, LockSpace& out) {
    constexpr unsigned kHugeFile = MFD_HUGETLB | kOfTwoMegabytes;
    const int descriptor = memfd_create(
        "lwlock", MFD_CLOEXEC | MFD_ALLOW_SEALING | (options.pages == Pages::huge ? kHugeFile : 0));
    if (descriptor < 0) return Status::system_error;
    const Status status = map_new(descriptor, options, out);
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
    if (options.pages != Pages::standard) return Status::bad_argument;
    const int descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (descriptor < 0) return Status::system_error;
    const Status status = map_new(descriptor, options, out);
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
    detail::Layout layout;
    const Status status = layout_for(options, layout);
    if (status != Status::ok) return status;
    if (memory == nullptr || reinterpret_cast<std::uintptr_t>(memory) % 4096 != 0 ||
        options.pages != Pages::standard || size < layout.size) {
        return Status::bad_argument;
    }
    using Kind = atomics::Scope::Kind;
    out.view_ = format(static_cast<std::byte*>(memory), layout,
                       shared ? Kind::shared : Kind::process, options.futexes);
    out.memory_ = Memory::callers;
    out.descriptor_ = -1;
    return Status::ok;
}

std::uint64_t LockSpace::required_size(const SpaceOptions& options) {
    detail::Layout layout;
    return layout_for(options, layout) == Status::ok ? layout.size : 0;
}

// ---- Joining ----

Status LockSpace::open_descriptor(int descriptor, LockSpace& out) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) return Status::system_error;
    const auto size = static_cast<std::uint64_t>(file.st_size);
    if (size < sizeof(detail::SegmentHeader)) return Status::bad_segment;
    std::byte* memory = nullptr;
    Status status = map(descriptor, size, false, memory);
    if (status != Status::ok) return status;
    status = open_at(memory, size, out);
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

Status LockSpace::open_named(const char* name, LockSpace& out) {
    const int descriptor = shm_open(name, O_RDWR, 0);
    if (descriptor < 0) return Status::system_error;
    const Status status = open_descriptor(descriptor, out);
    close_quietly(descriptor);
    return status;
}

Status LockSpace::open_at(void* memory, std::size_t size, LockSpace& out) {
    if (memory == nullptr || reinterpret_cast<std::uintptr_t>(memory) % 4096 != 0) {
        return Status::bad_argument;
    }
    SegmentView view;
    const Status status = detail::check_segment(static_cast<std::byte*>(memory), size, view);
    if (status != Status::ok) return status;
    if (view.scope.kind() == atomics::Scope::Kind::shared) detail::forbid_implicit_attach();
    out.view_ = view;
    out.memory_ = Memory::callers;
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::unlink_named(const char* name) {
    return shm_unlink(name) == 0 ? Status::ok : Status::system_error;
}

Status LockSpace::process_private(LockSpace& out) {
    SegmentView view;
    const Status status = detail::private_space(view);
    if (status != Status::ok) return status;
    out.view_ = view;
    out.memory_ = Memory::callers;  // it lasts as long as the process
    out.descriptor_ = -1;
    return Status::ok;
}

Status LockSpace::attach() const { return detail::attach_backend(view_); }

void LockSpace::unmap() {
    if (memory_ == Memory::mapped) {
        const detail::Backend& self = detail::this_backend;
        if (self.slot != nullptr && self.space.base == view_.base) {
            detail::misused(Status::already_attached, "unmap", nullptr, Mode::exclusive);
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
