// lwtorture: many backends on a few locks, disturbed in every way, and a check
// of every promise that the locks make.

#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/support/command_line.hpp"
#include "tools/torture/coordinator.hpp"
#include "tools/torture/report.hpp"
#include "tools/torture/signals.hpp"

namespace lwlock::torture {
namespace {

int run(const CLI::App& app, Options& options) {
    complete(app, options);
    const Plan plan = make_plan(options);
    const TargetKind& kind = find_target_kind(options.implementation);
    const auto target =
        kind.make(options, Arena::required_bytes(plan.backends(), options.locks, kind.lock_size));
    const Arena arena = Arena::at(target->memory(), plan.backends(), options.locks);
    for (unsigned lock = 0; lock < options.locks; ++lock) {
        target->initialise(arena.locks + lock * kind.lock_size);
    }

    catch_interrupts();
    const Result result = Coordinator(plan, *target, arena).run();
    end_status();
    print_summary(options.json == "-" ? std::cerr : std::cout, plan, arena, result);
    tools::write_json(options.json, to_json(plan, arena, result));
    return result.passed(arena) ? tools::kExitOk : tools::kExitFailed;
}

}  // namespace
}  // namespace lwlock::torture

int main(int argc, char** argv) {
    CLI::App app("Tortures locks on this machine and checks that they keep their promises.",
                 "lwtorture");
    lwlock::torture::Options options;
    lwlock::tools::set_up(app);
    lwlock::torture::add_options(app, options);
    return lwlock::tools::run_tool(app, argc, argv,
                                   [&] { return lwlock::torture::run(app, options); });
}
