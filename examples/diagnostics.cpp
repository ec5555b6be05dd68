// Wait observers, counters, and a misuse handler of one's own.

#include <atomic>
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
    const bool refused = refused_release(lock);

    // [reading]
    const lwlock::TrancheStatistics counters = space.statistics(tranche);
    std::printf("%s: %llu exclusive waits\n", lwlock::wait_event_name(lock),
                static_cast<unsigned long long>(counters.exclusive_blocks));
    // [/reading]
    return watched && refused && counters.exclusive_blocks == 1 ? 0 : 1;
}
