// Semaphores run out and stay behind. In a system of its own with small limits,
// this program starts a server of each kind of lock for more backends than the
// limits have semaphores, then a smaller one that is killed with all its
// backends, and starts that one again. It prints what happened, and fails when
// that is not what is known of the kind.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <system_error>
#include <type_traits>

#include "bench/implementations/plain_world.hpp"
#include "bench/implementations/registry.hpp"
#include "tests/origins/small_system.hpp"
#include "tests/support/await.hpp"
#include "tests/support/shared_block.hpp"

namespace lwlock::tests {
namespace {

using bench::Implementation;

constexpr unsigned kMany = 1000;  // backends: more than the limits have room for
constexpr unsigned kFew = 30;     // and fewer
constexpr int kSkipped = 77;

bool failed = false;

void expect(bool is_so, const char* name, const char* what) {
    if (is_so) return;
    std::printf("  FAILED: %s: %s\n", name, what);
    failed = true;
}

pid_t fork_process(const std::function<void()>& body) {
    std::fflush(nullptr);
    const pid_t process = fork();
    if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process == 0) {
        try {
            body();
            _exit(0);
        } catch (const std::exception& error) {
            std::printf("  %s\n", error.what());
            std::fflush(nullptr);
            _exit(1);
        }
    }
    return process;
}

bool runs_well(const std::function<void()>& body) {
    int status = 0;
    waitpid(fork_process(body), &status, 0);
    return status == 0;
}

template <class I>
using WorldOf = typename I::World;

// A server whose backends all attach; one has a lock, the others want it.
template <Implementation I>
void serve(unsigned backends, atomics::Atomic32& attached) {
    WorldOf<I> world(kFew, sizeof(typename I::Lock));
    auto& lock = *static_cast<typename I::Lock*>(world.user_memory());
    I::init(lock);
    for (unsigned number = 0; number < backends; ++number) {
        fork_process([&] {
            world.attach(number);
            attached.fetch_add_relaxed(1);
            I::acquire(lock, Mode::exclusive);
            pause();
        });
    }
    pause();
}

// Returns when a server with its backends has been killed. They are one process
// group, so one signal ends them all.
template <Implementation I>
void start_and_kill() {
    constexpr unsigned kBackends = 6;
    const SharedBlock<atomics::Atomic32> attached;
    const pid_t server = fork_process([&] {
        setpgid(0, 0);
        serve<I>(kBackends, *attached);
    });
    await("the backends are attached", [&] { return attached->load_relaxed() == kBackends; });
    kill(-server, SIGKILL);
    waitpid(server, nullptr, 0);
    // The backends are nobody's children now; their group is empty once they are gone.
    await("the backends are gone", [&] { return kill(-server, 0) != 0; });
}

struct Known {
    bool runs_out;
    bool stays_behind;
};

Known known_of(const std::string& name) {
    if (name == "sysv_sem") return {.runs_out = true, .stays_behind = true};
    if (name == "named_posix_sem") return {.runs_out = true, .stays_behind = false};
    return {.runs_out = false, .stays_behind = false};
}

template <Implementation I>
void show() {
    const char* const name = I::kName;
    const Known known = known_of(name);
    std::printf("%s\n", name);
    const bool had_room = runs_well([] { WorldOf<I> world(kMany, 1); });
    std::printf("  start with %u backends: %s\n", kMany, had_room ? "done" : "refused, see above");
    expect(had_room != known.runs_out, name, "runs out of room, or does not");
    expect(Leftovers::now().none(), name, "a refused start leaves nothing behind");

    start_and_kill<I>();
    const Leftovers left = Leftovers::now();
    std::printf("  left behind after SIGKILL to all: %s\n", left.describe().c_str());
    expect(left.none() != known.stays_behind, name, "stays behind, or does not");

    const bool restarted = runs_well([] { WorldOf<I> world(kFew, 1); });
    const Leftovers after = Leftovers::now();
    std::printf("  restart: %s; then left behind: %s\n", restarted ? "done" : "refused",
                after.describe().c_str());
    expect(restarted && after.none(), name, "starts again");
}

int run_main() {
    try {
        enter_small_system();
    } catch (const std::system_error& error) {
        std::printf("skipped: no system of its own: %s\n", error.what());
        return kSkipped;
    }
    std::printf("limits: 10 System V semaphore sets, 40 files in /dev/shm\n");
    bench::for_each_implementation([]<Implementation I>() {
        if constexpr (!std::is_same_v<WorldOf<I>, bench::PlainWorld>) show<I>();
    });
    return failed ? 1 : 0;
}

}  // namespace
}  // namespace lwlock::tests

int main() {
    try {
        return lwlock::tests::run_main();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "leftovers: %s\n", error.what());
        return 2;
    }
}
