#include "tools/torture/arena.hpp"

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"

namespace lwlock::torture {
namespace {

constexpr std::size_t round_up(std::size_t value) { return (value + 63) / 64 * 64; }

}  // namespace

const char* name_of(Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::between: return "between two operations";
        case Phase::acquiring: return "acquiring";
        case Phase::inside: return "inside";
        case Phase::releasing: return "releasing";
        case Phase::parked: return "parked";
        case Phase::finished: return "finished";
    }
    return "unknown";
}

std::size_t Arena::required_bytes(unsigned backends, unsigned locks, std::size_t lock_size) {
    return round_up(sizeof(ArenaHeader)) + backends * sizeof(Record) + locks * sizeof(Guarded) +
           locks * lock_size;
}

Arena Arena::at(void* memory, unsigned backends, unsigned locks) {
    auto* const bytes = static_cast<std::byte*>(memory);
    Arena arena;
    arena.header = reinterpret_cast<ArenaHeader*>(bytes);
    arena.records = reinterpret_cast<Record*>(bytes + round_up(sizeof(ArenaHeader)));
    arena.guarded = reinterpret_cast<Guarded*>(arena.records + backends);
    arena.locks = reinterpret_cast<std::byte*>(arena.guarded + locks);
    arena.backends = backends;
    arena.lock_count = locks;
    return arena;
}

std::uint64_t Arena::total_operations() const {
    std::uint64_t total = 0;
    for (unsigned backend = 0; backend < backends; ++backend) {
        total += records[backend].operations.load_relaxed();
    }
    return total;
}

void enter_phase(Record& record, Phase phase, std::int64_t now) {
    record.phase_since.store_relaxed(static_cast<std::uint64_t>(now));
    // Release: who sees the phase sees what the backend counted before it.
    record.phase.store_release(static_cast<std::uint32_t>(phase));
}

bool pass_gate(const Arena& arena, unsigned backend) {
    Gate& gate = arena.gate();
    Record& record = arena.records[backend];
    bool parked = false;
    for (;;) {
        const std::uint32_t sequence = gate.sequence.load_acquire();
        const std::uint32_t command = gate.command.load_acquire();
        const bool active = backend < gate.active.load_acquire();
        if (command == Gate::stop || (command == Gate::run && active)) {
            if (parked) enter_phase(record, Phase::between, atomics::monotonic_now());
            return command == Gate::run;
        }
        if (!parked) enter_phase(record, Phase::parked, atomics::monotonic_now());
        parked = true;
        atomics::futex_wait(gate.sequence, sequence, atomics::Deadline::never(),
                            atomics::Scope::shared);
    }
}

void set_gate(const Arena& arena, Gate::Command command, unsigned active) {
    Gate& gate = arena.gate();
    gate.command.store_release(command);
    gate.active.store_release(active);
    gate.sequence.fetch_add_release(1);
    atomics::futex_wake(gate.sequence.address(), atomics::kWakeAll, atomics::Scope::shared);
}

}  // namespace lwlock::torture
