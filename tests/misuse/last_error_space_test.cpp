// The record of the last error: what it says of backends, spaces and tranches.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "lwlock/lwlock.h"
#include "lwlock/lwlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

using detail::SegmentHeader;

// Expects that `operation` is the last that failed, for a reason in which `parts` stand.
void expect_failure(Status error, const char* operation, const char* subject,
                    const std::vector<std::string>& parts) {
    const Misuse& last = last_error();
    EXPECT_EQ(last.error, error) << operation;
    EXPECT_STREQ(last.operation, operation);
    EXPECT_STREQ(last.subject, subject) << operation;
    EXPECT_EQ(last.lock, nullptr);
    EXPECT_EQ(last.backend, my_backend());
    char line[512];
    describe_last_error(line, sizeof line);
    for (const std::string& part : parts) {
        EXPECT_NE(std::string(last.reason).find(part), std::string::npos)
            << part << " is missing in: " << line;
    }
    EXPECT_EQ(parts.empty(), *last.reason == '\0') << line;
    EXPECT_NE(std::strstr(line, last.operation), nullptr) << line;
    EXPECT_NE(std::strstr(line, describe(error)), nullptr) << line;
    EXPECT_NE(std::strstr(line, last.subject), nullptr) << line;
    EXPECT_NE(std::strstr(line, last.reason), nullptr) << line;
}

TEST(LastErrorOfABackend, SaysHowManySlotsThereAre) {
    const LocalSpace space({.backends = 1});
    Worker(*space, [&] {
        std::thread([&] {
            EXPECT_EQ(space->attach(), Status::no_free_slot);
            expect_failure(Status::no_free_slot, "attach", "", {"1"});
            EXPECT_EQ(detach(), Status::not_attached);
            expect_failure(Status::not_attached, "detach", "", {});
        }).join();
        EXPECT_EQ(space->attach(), Status::already_attached);
        expect_failure(Status::already_attached, "attach", "", {});
        EXPECT_EQ(space->cancel_wait(1), Status::bad_argument);
        expect_failure(Status::bad_argument, "cancel_wait", "", {"backend 1 of 1"});
    }).join();
}

TEST(LastErrorOfABackend, SaysWhatIsHeldAtTheEnd) {
    const LocalSpace space({.backends = 1});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->new_tranche("catalog", id), Status::ok);
        Lock locks[2];
        for (Lock& lock : locks) lock.init(id);
        locks[0].acquire(Mode::exclusive);
        locks[1].acquire(Mode::shared);
        EXPECT_EQ(lwlock_detach(), LWLOCK_HOLDS_LOCKS);
        expect_failure(Status::holds_locks, "detach", "",
                       {"2 held", "shared", std::to_string(id), "catalog"});
        release_all();
    }).join();
}

TEST(LastErrorOfATranche, NamesItAndWhatIsInTheWay) {
    const LocalSpace space({.backends = 2, .locks = 10});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        std::uint16_t other = 0;
        std::span<Lock> locks;
        const std::string too_long(200, 'x');
        EXPECT_EQ(space->new_tranche("a", id), Status::ok);
        EXPECT_EQ(space->new_tranche("a", other), Status::duplicate_name);
        expect_failure(Status::duplicate_name, "new_tranche", "a", {std::to_string(id)});
        EXPECT_EQ(space->register_tranche(9, "a"), Status::duplicate_name);
        expect_failure(Status::duplicate_name, "register_tranche", "a", {std::to_string(id)});
        EXPECT_EQ(space->register_tranche(id, "b"), Status::duplicate_name);
        expect_failure(Status::duplicate_name, "register_tranche", "b",
                       {std::to_string(id), "\"a\""});
        EXPECT_EQ(space->new_tranche(too_long.c_str(), other), Status::bad_name);
        expect_failure(Status::bad_name, "new_tranche", too_long.substr(0, 63).c_str(), {});
        EXPECT_EQ(space->request_tranche("c", 0, other), Status::bad_argument);
        expect_failure(Status::bad_argument, "request_tranche", "c", {"no locks"});
        EXPECT_EQ(space->request_tranche("c", 8, other), Status::ok);
        EXPECT_EQ(space->request_tranche("d", 3, other), Status::no_lock_room);
        expect_failure(Status::no_lock_room, "request_tranche", "d", {"3", "8 of 10"});
        EXPECT_EQ(space->find_tranche("e", other), Status::no_tranche);
        expect_failure(Status::no_tranche, "find_tranche", "e", {});
        EXPECT_EQ(space->named_tranche("e", locks), Status::no_tranche);
        expect_failure(Status::no_tranche, "named_tranche", "e", {});
        EXPECT_EQ(space->named_tranche("a", locks), Status::no_tranche);
        expect_failure(Status::no_tranche, "named_tranche", "a", {"no locks"});
    }).join();
}

TEST(LastErrorOfATranche, TellsAnotherSpaceFromNone) {
    const LocalSpace here({.backends = 1});
    const LocalSpace there({.backends = 1});
    std::uint16_t id = 0;
    Worker(*here, [&] {
        EXPECT_EQ(there->new_tranche("a", id), Status::not_attached);
        expect_failure(Status::not_attached, "new_tranche", "a", {"another space"});
    }).join();
    std::thread([&] {
        EXPECT_EQ(there->new_tranche("a", id), Status::not_attached);
        expect_failure(Status::not_attached, "new_tranche", "a", {});
    }).join();
}

TEST(LastErrorOfASpace, NamesTheOptionThatIsOutOfRange) {
    LockSpace space;
    const auto refuse = [&](const SpaceOptions& options, const char* part) {
        EXPECT_EQ(LockSpace::create_anonymous(options, space), Status::bad_argument);
        expect_failure(Status::bad_argument, "create_anonymous", "", {part});
        EXPECT_EQ(LockSpace::create_memfd(options, space), Status::bad_argument);
        expect_failure(Status::bad_argument, "create_memfd", "", {part});
        EXPECT_EQ(LockSpace::create_named("/lwlock-test-reason", options, space),
                  Status::bad_argument);
        expect_failure(Status::bad_argument, "create_named", "/lwlock-test-reason", {part});
        EXPECT_EQ(LockSpace::create_in(nullptr, 0, true, options, space), Status::bad_argument);
        expect_failure(Status::bad_argument, "create_in", "", {part});
    };
    refuse({.backends = 0}, "backends: 0");
    refuse({.backends = 1u << 18}, "262143");
    refuse({.backends = 1, .user_bytes = UINT64_MAX}, "user_bytes: 18446744073709551615");
    refuse({.backends = 1, .futexes = static_cast<Futexes>(3)}, "futexes");
    refuse({.backends = 1, .pages = static_cast<Pages>(3)}, "pages");
}

TEST(LastErrorOfASpace, SaysWhatIsWrongWithMemory) {
    const SpaceOptions options{.backends = 1};
    const std::uint64_t size = LockSpace::required_size(options);
    const LocalSpace made(options);
    auto* const memory = made->view().base;
    LockSpace space;
    EXPECT_EQ(LockSpace::create_in(memory + 16, size, false, options, space), Status::bad_argument);
    expect_failure(Status::bad_argument, "create_in", "", {"4096"});
    EXPECT_EQ(LockSpace::open_at(memory + 16, size, space), Status::bad_argument);
    expect_failure(Status::bad_argument, "open_at", "", {"4096"});
    EXPECT_EQ(LockSpace::create_in(memory, size - 1, false, options, space), Status::bad_argument);
    expect_failure(Status::bad_argument, "create_in", "",
                   {std::to_string(size - 1), std::to_string(size)});
    EXPECT_EQ(LockSpace::open_at(memory, size - 1, space), Status::damaged_segment);
    expect_failure(Status::damaged_segment, "open_at", "",
                   {std::to_string(size - 1), std::to_string(size)});
    EXPECT_EQ(LockSpace::open_at(memory, 16, space), Status::bad_segment);
    expect_failure(Status::bad_segment, "open_at", "",
                   {"16", std::to_string(sizeof(SegmentHeader))});
}

// A named segment, of which a test damages the header. For a child process, which
// making a shared space changes.
class Named {
  public:
    Named() {
        EXPECT_EQ(LockSpace::create_named(name_.c_str(), {.backends = 1}, space_), Status::ok);
    }
    ~Named() {
        space_.unmap();
        EXPECT_EQ(LockSpace::unlink_named(name_.c_str()), Status::ok);
    }

    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;

    const char* name() const { return name_.c_str(); }
    SegmentHeader& header() { return space_.view().header(); }
    void expect_refused(Status error, const std::vector<std::string>& parts) {
        LockSpace joined;
        EXPECT_EQ(LockSpace::open_named(name_.c_str(), joined), error);
        expect_failure(error, "open_named", name_.c_str(), parts);
    }

  private:
    const std::string name_ = "/lwlock-test-" + std::to_string(getpid());
    LockSpace space_;
};

TEST(LastErrorOfAName, SaysWhatTheHeaderHas) {
    in_child([] {
        Named named;
        SegmentHeader& header = named.header();
        const std::uint64_t size = header.size;
        header.magic = 0x1234;
        named.expect_refused(Status::bad_segment, {"0x1234", "0x314350534b4c574c"});
        header.magic = detail::kMagic;
        header.ready.store_relaxed(0);
        named.expect_refused(Status::bad_segment, {"not complete"});
        header.ready.store_relaxed(1);
        header.version = 77;
        named.expect_refused(Status::bad_version, {"version is 77, not 1"});
        header.version = detail::kVersion;
        header.layout ^= 1;
        named.expect_refused(Status::bad_version, {"layout"});
        header.layout ^= 1;
        header.size = 8192;
        named.expect_refused(Status::damaged_segment, {"8192", std::to_string(size)});
        header.size = size;
        header.slot_count = 0;
        named.expect_refused(Status::damaged_segment, {"backends"});
        header.slot_count = 1;
        header.shared = 2;
        named.expect_refused(Status::damaged_segment, {"choice"});
        header.shared = 1;
        LockSpace joined;
        EXPECT_EQ(LockSpace::open_named(named.name(), joined), Status::ok);
        joined.unmap();
    });
}

TEST(LastErrorOfAName, SaysWhatTheSystemSaid) {
    in_child([] {
        const Named named;
        LockSpace other;
        const auto expect_system_error = [](int error, const char* operation, const char* subject) {
            EXPECT_EQ(errno, error);
            expect_failure(Status::system_error, operation, subject, {strerror(error)});
        };
        constexpr char kNone[] = "/lwlock-test-there-is-none";
        EXPECT_EQ(LockSpace::create_named(named.name(), {.backends = 1}, other),
                  Status::system_error);
        expect_system_error(EEXIST, "create_named", named.name());
        EXPECT_EQ(LockSpace::open_named(kNone, other), Status::system_error);
        expect_system_error(ENOENT, "open_named", kNone);
        EXPECT_EQ(LockSpace::unlink_named(kNone), Status::system_error);
        expect_system_error(ENOENT, "unlink_named", kNone);
        EXPECT_EQ(LockSpace::open_descriptor(-1, other), Status::system_error);
        expect_system_error(EBADF, "open_descriptor", "");
    });
}

TEST(LastErrorInC, CoversTheArgumentsThatOnlyCCanGetWrong) {
    const LocalSpace space({.backends = 3});
    const auto* const in_c = reinterpret_cast<const lwlock_space_t*>(&*space);
    EXPECT_EQ(lwlock_space_set_tranche_policy(in_c, 1, {.bias = 3, .preference = 0}),
              LWLOCK_BAD_ARGUMENT);
    expect_failure(Status::bad_argument, "set_tranche_policy", "", {"3"});
    static lwlock_backend_report_t report;
    EXPECT_EQ(lwlock_space_report(in_c, 3, &report), LWLOCK_BAD_ARGUMENT);
    expect_failure(Status::bad_argument, "report", "", {"backend 3 of 3"});
}

}  // namespace
}  // namespace lwlock::tests
