// Attaching what is not a lock space, or is a damaged one. Each case runs in a
// child process, for opening a shared space changes the process.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "lwlock/lwlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/random.hpp"

namespace lwlock::tests {
namespace {

using detail::SegmentHeader;

constexpr SpaceOptions kOptions{.backends = 3, .locks = 4, .user_bytes = 100};

// A memory file with `size` bytes, all zero.
int memory_file(std::uint64_t size) {
    const int descriptor = memfd_create("not a lock space", MFD_CLOEXEC);
    EXPECT_GE(descriptor, 0);
    EXPECT_EQ(ftruncate(descriptor, static_cast<off_t>(size)), 0);
    return descriptor;
}

// A copy of a fresh space's memory, in a file of its own.
int copy_of_space(const std::function<void(SegmentHeader&)>& damage, std::uint64_t cut = 0) {
    LockSpace space;
    EXPECT_EQ(LockSpace::create_anonymous(kOptions, space), Status::ok);
    SegmentHeader header;
    std::memcpy(static_cast<void*>(&header), space.view().base, sizeof header);
    damage(header);
    const int descriptor = memory_file(space.size() - cut);
    EXPECT_EQ(pwrite(descriptor, &header, sizeof header, 0), static_cast<ssize_t>(sizeof header));
    space.unmap();
    return descriptor;
}

std::vector<char> content_of(int descriptor) {
    std::vector<char> content(sizeof(SegmentHeader) + 64);
    const ssize_t got = pread(descriptor, content.data(), content.size(), 0);
    content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return content;
}

void expect_open(int descriptor, Status expected) {
    const std::vector<char> before = content_of(descriptor);
    LockSpace space;
    EXPECT_EQ(LockSpace::open_descriptor(descriptor, space), expected);
    EXPECT_EQ(space.valid(), expected == Status::ok);
    EXPECT_EQ(content_of(descriptor), before) << "a foreign segment is never written";
    space.unmap();
    close(descriptor);
}

TEST(ForeignSegment, EmptyOrShortFilesAreRefused) {
    in_child([] {
        for (const std::uint64_t size :
             {0u, 1u, 16u, 64u, static_cast<unsigned>(sizeof(SegmentHeader)) - 1}) {
            expect_open(memory_file(size), Status::bad_segment);
        }
    });
}

TEST(ForeignSegment, ZeroesAndNoiseAreRefused) {
    in_child([] {
        expect_open(memory_file(1 << 20), Status::bad_segment);
        Random random(test_seed(), 3);
        for (int round = 0; round < 200; ++round) {
            const int descriptor = memory_file(1 << 16);
            std::vector<std::uint32_t> noise(1024);
            for (std::uint32_t& word : noise) word = random.below(UINT32_MAX);
            EXPECT_GT(pwrite(descriptor, noise.data(), 4096, 0), 0);
            expect_open(descriptor, Status::bad_segment);
        }
    });
}

TEST(ForeignSegment, DescriptorsOfOtherKindsAreRefused) {
    in_child([] {
        LockSpace space;
        EXPECT_EQ(LockSpace::open_descriptor(-1, space), Status::system_error);
        EXPECT_EQ(errno, EBADF);
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        EXPECT_EQ(LockSpace::open_descriptor(ends[0], space), Status::bad_segment);
        const int null = open("/dev/null", O_RDWR);
        EXPECT_EQ(LockSpace::open_descriptor(null, space), Status::bad_segment);
        const int directory = open("/", O_RDONLY | O_DIRECTORY);
        const Status status = LockSpace::open_descriptor(directory, space);
        EXPECT_TRUE(status == Status::bad_segment || status == Status::system_error);
        EXPECT_FALSE(space.valid());
    });
}

TEST(ForeignSegment, AReadOnlyDescriptorIsRefused) {
    in_child([] {
        const int descriptor = copy_of_space([](SegmentHeader&) {});
        const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
        const int read_only = open(path.c_str(), O_RDONLY);
        ASSERT_GE(read_only, 0);
        LockSpace space;
        EXPECT_EQ(LockSpace::open_descriptor(read_only, space), Status::system_error);
        EXPECT_EQ(errno, EACCES);
    });
}

TEST(ForeignSegment, MissingAndMisnamedNamesAreRefused) {
    in_child([] {
        LockSpace space;
        for (const char* name : {"/lwlock-test-there-is-none", "/with/slashes", "", "/"}) {
            EXPECT_EQ(LockSpace::open_named(name, space), Status::system_error) << name;
        }
        for (const char* name : {"/with/slashes", "", "/"}) {
            EXPECT_EQ(LockSpace::create_named(name, kOptions, space), Status::system_error) << name;
        }
        const std::string too_long = "/" + std::string(300, 'x');
        EXPECT_EQ(LockSpace::create_named(too_long.c_str(), kOptions, space), Status::system_error);
        EXPECT_FALSE(space.valid());
    });
}

TEST(DamagedSegment, AnIntactCopyIsAccepted) {
    in_child([] { expect_open(copy_of_space([](SegmentHeader&) {}), Status::ok); });
}

TEST(DamagedSegment, WrongHeadersAreToldApart) {
    in_child([] {
        expect_open(copy_of_space([](SegmentHeader& header) { header.magic ^= 1; }),
                    Status::bad_segment);
        expect_open(copy_of_space([](SegmentHeader& header) { header.ready.store_relaxed(0); }),
                    Status::bad_segment);
        expect_open(copy_of_space([](SegmentHeader& header) { header.ready.store_relaxed(2); }),
                    Status::bad_segment);
        expect_open(copy_of_space([](SegmentHeader& header) { ++header.version; }),
                    Status::bad_version);
        expect_open(copy_of_space([](SegmentHeader& header) { header.layout ^= 1u << 31; }),
                    Status::bad_version);
    });
}

TEST(DamagedSegment, ContradictingNumbersAreRefused) {
    in_child([] {
        const std::function<void(SegmentHeader&)> damages[] = {
            [](SegmentHeader& header) { header.size -= 4096; },
            [](SegmentHeader& header) { header.size += 4096; },
            [](SegmentHeader& header) { header.size = 0; },
            [](SegmentHeader& header) { header.size = UINT64_MAX; },
            [](SegmentHeader& header) { header.slot_count = 0; },
            [](SegmentHeader& header) { header.slot_count = 500; },
            [](SegmentHeader& header) { header.slot_count = 1u << 18; },
            [](SegmentHeader& header) { header.slot_count = UINT32_MAX; },
            [](SegmentHeader& header) { header.lock_count = 4096; },
            [](SegmentHeader& header) { header.lock_count = UINT32_MAX; },
            [](SegmentHeader& header) { header.user_bytes = 1 << 20; },
            [](SegmentHeader& header) { header.user_bytes = UINT64_MAX; },
            [](SegmentHeader& header) { header.user_bytes = UINT64_MAX - 4095; },
            [](SegmentHeader& header) { header.shared = 2; },
        };
        for (const auto& damage : damages) {
            expect_open(copy_of_space(damage), Status::damaged_segment);
        }
    });
}

TEST(DamagedSegment, AFileCutShortIsRefused) {
    in_child([] {
        for (const std::uint64_t cut : {1u, 4096u, 1u << 20}) {
            expect_open(copy_of_space([](SegmentHeader&) {}, cut), Status::damaged_segment);
        }
    });
}

TEST(DamagedSegment, AnyFlippedHeaderBitIsRefusedOrHarmless) {
    in_child([] {
        constexpr std::size_t kChecked = offsetof(SegmentHeader, slots_ever_used);
        for (std::size_t bit = 0; bit < kChecked * 8; ++bit) {
            const int descriptor = copy_of_space([bit](SegmentHeader& header) {
                reinterpret_cast<unsigned char*>(&header)[bit / 8] ^=
                    static_cast<unsigned char>(1u << bit % 8);
            });
            LockSpace space;
            const Status status = LockSpace::open_descriptor(descriptor, space);
            if (status == Status::ok) {  // a few more locks or bytes fit into the last page
                EXPECT_LE(space.size(), static_cast<std::uint64_t>(lseek(descriptor, 0, SEEK_END)));
                EXPECT_EQ(space.attach(), Status::ok);
                Lock& lock = *static_cast<Lock*>(space.user_memory());
                lock.acquire(Mode::exclusive);
                lock.release();
                EXPECT_EQ(detach(), Status::ok);
            }
            space.unmap();
            close(descriptor);
        }
    });
}

TEST(MemoryOfTheCaller, IsChecked) {
    in_child([] {
        const std::uint64_t size = LockSpace::required_size(kOptions);
        auto* const memory = static_cast<std::byte*>(
            mmap(nullptr, size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        LockSpace space;
        EXPECT_EQ(LockSpace::create_in(nullptr, size, true, kOptions, space), Status::bad_argument);
        EXPECT_EQ(LockSpace::create_in(memory + 16, size, true, kOptions, space),
                  Status::bad_argument);
        EXPECT_EQ(LockSpace::create_in(memory, size - 1, true, kOptions, space),
                  Status::bad_argument);
        EXPECT_EQ(LockSpace::open_at(memory, size, space), Status::bad_segment)
            << "nothing was written by the refused calls";
        ASSERT_EQ(LockSpace::create_in(memory, size, true, kOptions, space), Status::ok);
        EXPECT_EQ(LockSpace::open_at(nullptr, size, space), Status::bad_argument);
        EXPECT_EQ(LockSpace::open_at(memory + 16, size, space), Status::bad_argument);
        EXPECT_EQ(LockSpace::open_at(memory, 16, space), Status::bad_segment);
        EXPECT_EQ(LockSpace::open_at(memory, size - 1, space), Status::damaged_segment);
        EXPECT_EQ(LockSpace::open_at(memory, size, space), Status::ok);
    });
}

}  // namespace
}  // namespace lwlock::tests
