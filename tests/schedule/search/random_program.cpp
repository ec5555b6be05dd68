#include "tests/schedule/search/random_program.hpp"

#include <random>

namespace lwlock::tests::schedule {
namespace {

using Engine = std::minstd_rand;

// Words may stand more than once: then they are more likely.
constexpr const char* kWords[] = {"X",  "X",  "X",  "S",  "S",  "S",  "tX", "tS", "TX", "TX",
                                  "TS", "PX", "PS", "CX", "CS", "LX", "LS", "JX", "JS", "WX",
                                  "WS", "V",  "VO", "U",  "E",  "R",  "DX", "DS", "AX", "AS",
                                  "SS", "QX", "QS", "NX", "NS", "BX", "BS"};

Engine engine_for(std::uint64_t seed, std::uint64_t purpose) {
    return Engine(static_cast<Engine::result_type>(mix(purpose, seed)));
}

// Biased ones have more steps, and so more schedules.
ReadBias random_bias(std::uint64_t seed) {
    constexpr ReadBias kBiases[] = {ReadBias::off,    ReadBias::off,    ReadBias::given,
                                    ReadBias::fenced, ReadBias::always, ReadBias::adaptive};
    return kBiases[engine_for(seed, 4)() % std::size(kBiases)];
}

}  // namespace

Program random_program(std::uint64_t seed, const Implementation& implementation) {
    Engine engine = engine_for(seed, 1);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(engine() % bound); };

    // A few words for each program, so that the same ones meet often.
    std::vector<Operation> operations;
    while (operations.size() < 4) {
        const Operation operation = parse_operation(kWords[below(std::size(kWords))]);
        if (implementation.supports(operation.verb)) operations.push_back(operation);
    }
    const bool two_locks = below(4) == 0;

    Program program;
    program.spinning = below(4) == 0;
    program.backends.resize(3 + below(4));
    for (auto& backend : program.backends) {
        const unsigned length = 1 + below(4);
        for (unsigned i = 0; i < length; ++i) {
            Operation operation = operations[below(static_cast<unsigned>(operations.size()))];
            const bool nested =
                operation.verb == Verb::nested || operation.verb == Verb::nested_shared;
            if (two_locks && !nested) operation.lock = static_cast<std::uint8_t>(below(2));
            if (nested && !two_locks) operation = parse_operation("X");
            backend.push_back(operation);
        }
    }
    const auto add_last = [&](const char* word) {
        const Operation operation = parse_operation(word);
        auto& backend = program.backends.back();
        if (implementation.supports(operation.verb)) backend.push_back(operation);
    };
    if (implementation.supports(Verb::hand_over) && below(8) == 0) {
        // Whoever releases it waits for nothing else.
        program.backends[0].push_back(parse_operation(below(2) == 0 ? "HX" : "HS"));
        program.backends[1] = {parse_operation("G")};
    } else if (implementation.supports(Verb::update_and_stay) && below(12) == 0) {
        program.backends[0].push_back(parse_operation("Y"));
        program.backends[1] = {parse_operation("VY")};
    } else if (below(4) == 0) {
        add_last("FX");
    }
    if (program.uses(Verb::cancellable) || program.uses(Verb::timed_cancellable) ||
        program.uses(Verb::cancellable_anew)) {
        add_last("K");
    }
    if (implementation.has_bias()) program.bias = random_bias(seed);
    program.prefers_writers = below(4) == 0;
    return program;
}

void add_asynchronous(std::uint64_t seed, Program& program) {
    constexpr const char* kSteps[] = {"aX", "aX", "aS", "aS", "aN", "aN", "aK", "aL"};
    Engine engine = engine_for(seed, 5);
    const std::size_t locks = program.locks();
    std::vector<Operation> steps;
    std::size_t requests = 0;
    for (std::size_t left = 2 + engine() % 5; left > 0; --left) {
        Operation step = parse_operation(kSteps[engine() % std::size(kSteps)]);
        if (step.verb == Verb::request && ++requests > kMaxRequests) break;
        if (step.verb == Verb::request) step.lock = static_cast<std::uint8_t>(engine() % locks);
        steps.push_back(step);
    }
    program.backends.push_back(steps);
}

Program harassing_program(std::uint64_t seed) {
    Engine engine = engine_for(seed, 3);
    constexpr std::size_t kTimes = 100;
    Program program;
    program.backends.resize(3);
    for (std::size_t i = 0; i < 2; ++i) {
        program.backends[i].assign(kTimes, parse_operation(engine() % 4 == 0 ? "S" : "X"));
    }
    program.backends[2].push_back(parse_operation("X"));
    return program;
}

}  // namespace lwlock::tests::schedule
