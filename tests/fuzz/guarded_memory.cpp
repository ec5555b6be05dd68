#include "guarded_memory.hpp"

#include <sys/mman.h>

#include "require.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_HAS_ASAN 1
#endif
#ifdef FUZZ_HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace lwlock::tests::fuzz {
namespace {

constexpr std::size_t kPage = 4096;
// Wide, so that an index that is a little off does not jump over it.
constexpr std::size_t kGuard = std::size_t{64} << 20;

std::size_t round_up(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

void map(std::byte* at, std::size_t size, int protection, int flags, int descriptor) {
    void* const mapped = mmap(at, size, protection, flags | MAP_FIXED, descriptor, 0);
    FUZZ_REQUIRE(mapped == at);
}

// What is not a whole page is kept by the address sanitizer only.
void forbid([[maybe_unused]] std::byte* from, [[maybe_unused]] std::size_t bytes) {
#ifdef FUZZ_HAS_ASAN
    ASAN_POISON_MEMORY_REGION(from, bytes);
#endif
}
void permit([[maybe_unused]] std::byte* from, [[maybe_unused]] std::size_t bytes) {
#ifdef FUZZ_HAS_ASAN
    ASAN_UNPOISON_MEMORY_REGION(from, bytes);
#endif
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes)
    : size_(round_up(bytes)), data_(nullptr), shown_(size_), available_(size_) {
    void* const mapped = mmap(nullptr, size_ + 2 * kGuard, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    FUZZ_REQUIRE(mapped != MAP_FAILED);
    data_ = static_cast<std::byte*>(mapped) + kGuard;
    clear();
}

GuardedMemory::~GuardedMemory() {
    permit(data_ + available_, shown_ - available_);
    munmap(data_ - kGuard, size_ + 2 * kGuard);
}

void GuardedMemory::clear() {
    permit(data_ + available_, shown_ - available_);
    shown_ = available_ = size_;
    map(data_, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

void GuardedMemory::show(int descriptor, std::size_t available) {
    permit(data_ + available_, shown_ - available_);
    shown_ = round_up(available);
    available_ = available;
    map(data_, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (shown_ == 0) return;
    map(data_, shown_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor);
    forbid(data_ + available, shown_ - available);
}

void GuardedMemory::set_writable(bool writable) {
    if (shown_ == 0) return;
    FUZZ_REQUIRE(mprotect(data_, shown_, writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0);
}

}  // namespace lwlock::tests::fuzz
