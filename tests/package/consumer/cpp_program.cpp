// Uses the installed library from C++.

#include <cstdio>
#include <lwlock/lwlock.hpp>
#include <mutex>
#include <shared_mutex>
#include <thread>

int main() {
    lwlock::Lock lock;
    int sum = 0;
    {
        std::jthread other([&] {
            for (int i = 0; i < 1000; ++i) {
                const std::unique_lock guard(lock);
                ++sum;
            }
        });
        for (int i = 0; i < 1000; ++i) {
            lock.acquire(lwlock::Mode::exclusive);
            ++sum;
            lock.release();
        }
    }
    const std::shared_lock guard(lock);
    std::printf("%d in \"%s\"\n", sum, lwlock::wait_event_name(lock));
    return sum == 2000 ? 0 : 1;
}
