// Tranches: names, ids, and the locks that belong to a name.

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <string>
#include <thread>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

std::string name_in(const LockSpace& space, std::uint16_t id) {
    char buffer[kMaxTrancheName + 1];
    space.tranche_name(id, buffer);
    return buffer;
}

// Each test runs as a backend of a space of its own.
class Tranches : public testing::Test {
  protected:
    void in_space(const SpaceOptions& options,
                  const std::function<void(const LockSpace&)>& body) const {
        const LocalSpace space(options);
        Worker(*space, [&] { body(*space); }).join();
    }
};

TEST_F(Tranches, NewIdsBeginAt256AndDiffer) {
    in_space({}, [](const LockSpace& space) {
        std::uint16_t first = 0;
        std::uint16_t second = 0;
        EXPECT_EQ(space.new_tranche("first", first), Status::ok);
        EXPECT_EQ(space.new_tranche("second", second), Status::ok);
        EXPECT_GE(first, 256);
        EXPECT_NE(first, second);
        EXPECT_EQ(name_in(space, first), "first");
        EXPECT_EQ(name_in(space, second), "second");
        std::uint16_t found = 0;
        EXPECT_EQ(space.find_tranche("second", found), Status::ok);
        EXPECT_EQ(found, second);
    });
}

TEST_F(Tranches, UnnamedIdsHaveAStandInName) {
    in_space({}, [](const LockSpace& space) {
        EXPECT_EQ(name_in(space, 0), "tranche 0");
        EXPECT_EQ(name_in(space, 65535), "tranche 65535");
        std::uint16_t id = 0;
        EXPECT_EQ(space.find_tranche("tranche 0", id), Status::no_tranche);
    });
}

TEST_F(Tranches, AnEngineNamesItsOwnIds) {
    in_space({}, [](const LockSpace& space) {
        for (const std::uint16_t id :
             {std::uint16_t{0}, std::uint16_t{255}, std::uint16_t{256}, std::uint16_t{65535}}) {
            EXPECT_EQ(space.register_tranche(id, ("own " + std::to_string(id)).c_str()),
                      Status::ok);
            EXPECT_EQ(name_in(space, id), "own " + std::to_string(id));
        }
        std::uint16_t next = 0;
        EXPECT_EQ(space.new_tranche("next", next), Status::ok);
        EXPECT_EQ(next, 257) << "256 is named already";
    });
}

TEST_F(Tranches, DuplicateNamesAreRefused) {
    in_space({.locks = 10}, [](const LockSpace& space) {
        std::uint16_t id = 0;
        ASSERT_EQ(space.new_tranche("taken", id), Status::ok);
        std::uint16_t other = 7;
        EXPECT_EQ(space.new_tranche("taken", other), Status::duplicate_name);
        EXPECT_EQ(space.request_tranche("taken", 1, other), Status::duplicate_name);
        EXPECT_EQ(space.register_tranche(9, "taken"), Status::duplicate_name);
        EXPECT_EQ(space.register_tranche(id, "renamed"), Status::duplicate_name);
        EXPECT_EQ(space.register_tranche(id, "taken"), Status::ok) << "the same again";
        EXPECT_EQ(other, 7);
        EXPECT_EQ(name_in(space, id), "taken");
        EXPECT_EQ(name_in(space, 9), "tranche 9");
        EXPECT_EQ(space.find_tranche("renamed", other), Status::no_tranche);
    });
}

TEST_F(Tranches, NamesHaveALengthLimit) {
    in_space({.locks = 10}, [](const LockSpace& space) {
        const std::string longest(kMaxTrancheName, 'x');
        const std::string too_long = longest + "x";
        std::uint16_t id = 0;
        EXPECT_EQ(space.new_tranche("", id), Status::bad_name);
        EXPECT_EQ(space.new_tranche(too_long.c_str(), id), Status::bad_name);
        EXPECT_EQ(space.register_tranche(3, ""), Status::bad_name);
        EXPECT_EQ(space.register_tranche(3, too_long.c_str()), Status::bad_name);
        EXPECT_EQ(space.request_tranche(too_long.c_str(), 1, id), Status::bad_name);
        EXPECT_EQ(space.find_tranche(too_long.c_str(), id), Status::bad_name);
        EXPECT_EQ(space.new_tranche(longest.c_str(), id), Status::ok);
        EXPECT_EQ(name_in(space, id), longest);
        const std::string shorter = longest.substr(1);
        std::uint16_t other = 0;
        EXPECT_EQ(space.new_tranche(shorter.c_str(), other), Status::ok);
        EXPECT_NE(id, other);
    });
}

TEST_F(Tranches, NamesAreAnyBytes) {
    in_space({}, [](const LockSpace& space) {
        const char* const name = "\xc3\xa4 \"quoted\"\n\x01";
        std::uint16_t id = 0;
        EXPECT_EQ(space.new_tranche(name, id), Status::ok);
        EXPECT_EQ(name_in(space, id), name);
    });
}

TEST_F(Tranches, EveryIdCanBeNamed) {
    in_space({}, [](const LockSpace& space) {
        for (std::uint32_t id = 0; id < kTranches; ++id) {
            ASSERT_EQ(space.register_tranche(static_cast<std::uint16_t>(id),
                                             ("n" + std::to_string(id)).c_str()),
                      Status::ok);
        }
        std::uint16_t id = 0;
        EXPECT_EQ(space.new_tranche("one more", id), Status::tranches_exhausted);
        for (std::uint32_t i = 0; i < kTranches; ++i) {
            ASSERT_EQ(space.find_tranche(("n" + std::to_string(i)).c_str(), id), Status::ok);
            ASSERT_EQ(id, i);
        }
        EXPECT_EQ(space.find_tranche("one more", id), Status::no_tranche);
    });
}

TEST_F(Tranches, NewIdsRunOutAtTheLast) {
    in_space({}, [](const LockSpace& space) {
        std::uint16_t id = 0;
        for (std::uint32_t expected = 256; expected < kTranches; ++expected) {
            ASSERT_EQ(space.new_tranche(("n" + std::to_string(expected)).c_str(), id), Status::ok);
            ASSERT_EQ(id, expected);
        }
        EXPECT_EQ(space.new_tranche("one more", id), Status::tranches_exhausted);
        EXPECT_EQ(id, 65535);
    });
}

TEST_F(Tranches, ANameComesWithItsLocks) {
    in_space({.locks = 10}, [](const LockSpace& space) {
        std::uint16_t first_id = 0;
        std::uint16_t second_id = 0;
        EXPECT_EQ(space.request_tranche("first", 4, first_id), Status::ok);
        EXPECT_EQ(space.request_tranche("second", 6, second_id), Status::ok);
        std::span<Lock> first;
        std::span<Lock> second;
        ASSERT_EQ(space.named_tranche("first", first), Status::ok);
        ASSERT_EQ(space.named_tranche("second", second), Status::ok);
        EXPECT_EQ(first.size(), 4u);
        EXPECT_EQ(second.size(), 6u);
        EXPECT_TRUE(first.data() + 4 <= second.data() || second.data() + 6 <= first.data());
        for (Lock& lock : first) {
            EXPECT_EQ(lock.tranche(), first_id);
            EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
            EXPECT_EQ(space.lock_at(
                          location_of(&lock, reinterpret_cast<std::uintptr_t>(space.view().base))),
                      &lock);
            EXPECT_STREQ(wait_event_name(lock), "first");
        }
        release_all();
        for (const Lock& lock : second) EXPECT_EQ(lock.tranche(), second_id);
    });
}

TEST_F(Tranches, LocksRunOutWithoutATrace) {
    in_space({.locks = 10}, [](const LockSpace& space) {
        std::uint16_t id = 0;
        EXPECT_EQ(space.request_tranche("none", 0, id), Status::bad_argument);
        EXPECT_EQ(space.request_tranche("much", 11, id), Status::no_lock_room);
        EXPECT_EQ(space.request_tranche("much", UINT32_MAX, id), Status::no_lock_room);
        EXPECT_EQ(space.find_tranche("much", id), Status::no_tranche);
        EXPECT_EQ(space.request_tranche("all", 10, id), Status::ok);
        EXPECT_EQ(space.request_tranche("much", 1, id), Status::no_lock_room);
        std::span<Lock> locks;
        EXPECT_EQ(space.named_tranche("much", locks), Status::no_tranche);
    });
}

TEST_F(Tranches, ANameWithoutLocksHasNone) {
    in_space({.locks = 10}, [](const LockSpace& space) {
        std::uint16_t id = 0;
        EXPECT_EQ(space.new_tranche("bare", id), Status::ok);
        std::span<Lock> locks;
        EXPECT_EQ(space.named_tranche("bare", locks), Status::no_tranche);
    });
}

TEST_F(Tranches, AreDefinedByManyThreadsAtOnce) {
    constexpr int kThreads = 6;
    constexpr int kNames = 100;
    const LocalSpace space({.backends = kThreads, .locks = kNames});
    std::atomic<int> defined{0};
    {
        std::deque<Worker> workers;
        for (int t = 0; t < kThreads; ++t) {
            workers.emplace_back(*space, [&] {
                for (int i = 0; i < kNames; ++i) {
                    std::uint16_t id = 0;
                    const std::string name = "n" + std::to_string(i);
                    const Status status = space->request_tranche(name.c_str(), 1, id);
                    EXPECT_TRUE(status == Status::ok || status == Status::duplicate_name);
                    if (status == Status::ok) ++defined;
                    std::uint16_t found = 0;
                    EXPECT_EQ(space->find_tranche(name.c_str(), found), Status::ok);
                    EXPECT_EQ(name_in(*space, found), name);
                }
            });
        }
    }
    EXPECT_EQ(defined, kNames);
    std::set<const Lock*> locks;
    for (int i = 0; i < kNames; ++i) {
        std::span<Lock> found;
        ASSERT_EQ(space->named_tranche(("n" + std::to_string(i)).c_str(), found), Status::ok);
        locks.insert(found.data());
    }
    EXPECT_EQ(locks.size(), static_cast<std::size_t>(kNames));
}

TEST_F(Tranches, DefiningNeedsABackendOfTheSpace) {
    const LocalSpace space({.locks = 1});
    std::thread([&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->new_tranche("a", id), Status::not_attached);
        EXPECT_EQ(space->register_tranche(3, "a"), Status::not_attached);
        EXPECT_EQ(space->request_tranche("a", 1, id), Status::not_attached);
        EXPECT_EQ(my_backend(), kNoBackend) << "the thread is as it was";
        EXPECT_EQ(space->attach(), Status::ok);
        EXPECT_EQ(space->new_tranche("a", id), Status::ok);
    }).join();
}

TEST_F(Tranches, TheProcessPrivateSpaceHasThemToo) {
    const LockSpace space = private_space();
    std::uint16_t id = 0;
    EXPECT_EQ(space.request_tranche("private", 2, id), Status::ok);
    std::span<Lock> locks;
    ASSERT_EQ(space.named_tranche("private", locks), Status::ok);
    EXPECT_STREQ(wait_event_name(locks[1]), "private");
}

TEST_F(Tranches, AnUnattachedThreadSeesAStandInName) {
    std::thread([] {
        Lock lock;
        lock.init(12);
        EXPECT_STREQ(wait_event_name(lock), "tranche 12");
    }).join();
}

}  // namespace
}  // namespace lwlock::tests
