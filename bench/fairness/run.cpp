#include "bench/fairness/run.hpp"

namespace lwlock::bench {

SiegeResult run_siege(const Siege& siege, SiegeArena& arena, const TeamWork& work) {
    Team team(siege.others + 1, siege.kind);
    const double seconds = team.run(
        work, {.at_start = {},
               .at_finish = {},
               .progress = [&](std::uint64_t) { siege.progress(arena.served.load_relaxed()); },
               .patience = siege.patience,
               .describe_locks = {}});
    return {.waits = {arena.waits(), arena.waits() + arena.served.load_relaxed()},
            .gave_up = arena.gave_up.load_relaxed() != 0,
            .turns = arena.turns.load_relaxed(),
            .seconds = seconds};
}

}  // namespace lwlock::bench
