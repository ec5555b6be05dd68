#include "bench/baselines/sysv_semaphores.hpp"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

namespace lwlock::bench::baselines {
namespace {

constexpr int kFirstKey = 0x4c57'0000;
constexpr int kInSet = 16;
constexpr int kMark = kInSet;      // the semaphore that marks a set as ours
constexpr int kMarkValue = 0x4c5;  // and the value that does

union SemaphoreArgument {
    int val;
    semid_ds* buf;
    unsigned short* array;
};

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void set_value(int set, int semaphore, int value) {
    if (semctl(set, semaphore, SETVAL, SemaphoreArgument{.val = value}) < 0) {
        fail("setting a System V semaphore");
    }
}

// Whether the set is one of these, left by a process that is gone.
bool is_left_behind(int set) {
    if (semctl(set, kMark, GETVAL) != kMarkValue) return false;
    const pid_t creator = semctl(set, kMark, GETPID);
    return creator > 0 && creator != getpid() && kill(creator, 0) != 0 && errno == ESRCH;
}

}  // namespace

SysvSemaphores::SysvSemaphores(void* /*memory*/, unsigned count) : next_key_(kFirstKey) {
    try {
        while (sets_.size() * kInSet < count) {
            const int set = create_set();
            sets_.push_back(set);
            for (int semaphore = 0; semaphore < kInSet; ++semaphore) set_value(set, semaphore, 0);
            set_value(set, kMark, kMarkValue);
        }
    } catch (...) {
        destroy();
        throw;
    }
}

int SysvSemaphores::create_set() {
    for (;;) {
        const int set = semget(next_key_, kInSet + 1, IPC_CREAT | IPC_EXCL | 0600);
        if (set >= 0) {
            ++next_key_;
            return set;
        }
        if (errno != EEXIST) {
            fail("System V semaphore set " + std::to_string(sets_.size() + 1) + " of " +
                 std::to_string(kInSet + 1) +
                 " semaphores; raise kernel.sem, or remove leftovers with ipcrm");
        }
        const int present = semget(next_key_, kInSet + 1, 0);
        if (present >= 0 && is_left_behind(present) && semctl(present, 0, IPC_RMID) == 0) {
            ++recycled_;
        } else {
            ++next_key_;
        }
    }
}

void SysvSemaphores::destroy() {
    for (const int set : sets_) semctl(set, 0, IPC_RMID);
    sets_.clear();
}

void SysvSemaphores::change(unsigned number, short by) {
    sembuf operation{
        .sem_num = static_cast<unsigned short>(number % kInSet), .sem_op = by, .sem_flg = 0};
    while (semop(sets_[number / kInSet], &operation, 1) != 0) {
        if (errno != EINTR) fail("semop");
    }
}

void SysvSemaphores::lock(unsigned number) { change(number, -1); }

void SysvSemaphores::unlock(unsigned number) { change(number, 1); }

}  // namespace lwlock::bench::baselines
