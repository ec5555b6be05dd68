// The stress test: every function of the contract, in every mode, mixed at
// random by many backends, with time-outs, cancellations and signals. The data
// under the locks is checked by its holders; a lost wake hangs, which the
// watchdog sees.

#include <iostream>

#include "tests/stress/arena.hpp"
#include "tests/stress/helpers.hpp"
#include "tests/stress/options.hpp"
#include "tests/stress/second_looks.hpp"
#include "tests/stress/team.hpp"
#include "tests/stress/tranche_user.hpp"

namespace lwlock::tests {
namespace {

constexpr std::uint16_t kTranche = 4711;

// The registry is free when nobody defines, and its counts are right: the ids
// from 256 on were given one after the other.
void check_tranches(const LockSpace& space, const Arena& arena) {
    std::uint16_t id = 0;
    if (space.attach() != Status::ok || space.new_tranche("the last", id) != Status::ok ||
        detach() != Status::ok) {
        broken("a tranche can be defined at the end", id);
    }
    if (id != 256 + arena.tranches()) broken("ids are given one after the other", id);
}

int run(const Options& options) {
    LockSpace space;
    if (LockSpace::create_memfd({.backends = options.workers + 1,  // and the janitor
                                 .locks = options.workers * kTranchesAWorker * kLocksATranche,
                                 .user_bytes = sizeof(Arena)},
                                space) != Status::ok) {
        std::cerr << "stress: cannot create a lock space\n";
        return 1;
    }
    auto& arena = *new (space.user_memory()) Arena(options.workers);
    for (Cell& cell : arena.cells) cell.lock.init(kTranche);
    space.set_tranche_policy(kTranche, {.bias = options.bias, .preference = options.preference});
    if (!options.second_looks) forbid_second_looks();
    install_interruption();

    std::cout << "stress " << options.as_arguments() << std::endl;
    const bool well = options.processes ? run_processes(space, arena, options)
                                        : run_threads(space, arena, options);
    if (!well) return 1;
    arena.check_at_rest(options.locks);
    check_tranches(space, arena);

    const TrancheStatistics statistics = space.statistics(kTranche);
    std::cout << arena.rounds.load_relaxed() << " rounds, "
              << arena.progress() - arena.rounds.load_relaxed() << " steps, "
              << statistics.shared_blocks << " shared and " << statistics.exclusive_blocks
              << " exclusive blocks, " << statistics.wakes << " wakes, " << statistics.handoffs
              << " hand-offs, " << statistics.timeouts << " time-outs, " << statistics.cancellations
              << " cancellations, " << statistics.revocations << " revocations, "
              << arena.waits_seen() << " waits observed, " << arena.tranches() << " tranches"
              << std::endl;
    if (statistics.shared_blocks + statistics.exclusive_blocks == 0) {
        broken("somebody had to sleep", 0);
    }
    if (arena.waits_seen() == 0) broken("somebody was seen waiting", 0);
    if (!options.second_looks && !options.processes && waits_without_second_look() == 0) {
        broken("the futex wait is wrapped", 0);
    }
    space.unmap();
    return 0;
}

}  // namespace
}  // namespace lwlock::tests

int main(int argc, char** argv) {
    return lwlock::tests::run(lwlock::tests::read_options(argc, argv));
}
