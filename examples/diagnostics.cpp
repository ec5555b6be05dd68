// Wait observers, counters, what an error was about, and a misuse handler of one's own.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <lwlock/lwlock.hpp>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

using lwlock::Lock;
using lwlock::Mode;
using lwlock::Status;

// [observer]
std::atomic<int> sleeping = 0;  // what an engine would show as wait events

lwlock::WaitObserver observer{
    .wait_start = [](const lwlock::WaitEvent&, void*) { ++sleeping; },
    .wait_done = [](const lwlock::WaitEvent&, void*) { --sleeping; },
};
// [/observer]

// [last_error]
// Prints, of a second acquisition by the holder:
// lwlock: acquire_for of lock 0x7ffe5d0c5a10 (tranche 256 "catalog", shared) by backend 0: the
// backend holds the lock itself and would wait for ever; release it first
bool look_up(Lock& catalog) {
    if (!succeeded(catalog.acquire_for(Mode::shared, std::chrono::seconds(1)))) {
        char line[512];
        lwlock::describe_last_error(line, sizeof line);
        std::printf("%s\n", line);
        return false;
    }
    catalog.release();
    return true;
}
// [/last_error]

// [misuse]
void throw_misuse(const lwlock::Misuse& misuse) {
    char line[256];
    lwlock::format_misuse(misuse, line, sizeof line);
    throw std::logic_error(line);
}
// [/misuse]

bool watched_wait(Lock& lock) {
    lwlock::add_wait_observer(observer);
    lock.acquire(Mode::exclusive);
    std::thread waiter([&] { std::scoped_lock hold(lock); });
    while (sleeping == 0) std::this_thread::yield();
    lock.release();
    waiter.join();
    lwlock::remove_wait_observer(observer);
    return sleeping == 0;
}

bool refused_look_up(Lock& lock) {
    lock.acquire(Mode::exclusive);
    const bool found = look_up(lock);
    lock.release();
    return !found && look_up(lock);
}

bool refused_release(Lock& lock) {
    lwlock::set_misuse_handler(throw_misuse);
    try {
        lock.release();
    } catch (const std::logic_error& error) {
        std::printf("%s\n", error.what());
        lwlock::set_misuse_handler(nullptr);
        return true;
    }
    return false;
}

}  // namespace

int main() {
    // [statistics]
    lwlock::LockSpace space;
    lwlock::LockSpace::process_private(space);
    std::uint16_t tranche = 0;
    space.new_tranche("catalog", tranche);
    Lock lock;
    lock.init(tranche);
    // [/statistics]

    const bool watched = watched_wait(lock);
    const bool refused = refused_look_up(lock) && refused_release(lock);

    // [reading]
    const lwlock::TrancheStatistics counters = space.statistics(tranche);
    std::printf("%s: %llu exclusive waits\n", lwlock::wait_event_name(lock),
                static_cast<unsigned long long>(counters.exclusive_blocks));
    // [/reading]
    return watched && refused && counters.exclusive_blocks == 1 ? 0 : 1;
}
