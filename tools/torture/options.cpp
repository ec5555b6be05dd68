#include "tools/torture/options.hpp"

#include <numeric>
#include <random>
#include <stdexcept>

#include "lwlock/state.hpp"
#include "tools/support/command_line.hpp"
#include "tools/torture/target.hpp"

namespace lwlock::torture {
namespace {

struct SegmentName {
    SegmentKind kind;
    const char* name;
};
constexpr SegmentName kSegments[] = {{SegmentKind::anonymous, "anonymous"},
                                     {SegmentKind::memfd, "memfd"},
                                     {SegmentKind::named, "named"},
                                     {SegmentKind::local, "local"}};

SegmentKind parse_segment(const std::string& text) {
    for (const SegmentName& segment : kSegments) {
        if (text == segment.name) return segment.kind;
    }
    throw std::invalid_argument("'" + text +
                                "' is no kind of segment; write anonymous, memfd, named or local");
}

// Roles of operations that only the library itself has.
constexpr Role kLibraryRoles[] = {Role::timed, Role::canceled, Role::waiter, Role::watcher};

// An option whose value is written in a small language of its own.
template <class Value, class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Value& value, const Parse& parse,
                        const std::string& type, const std::string& description) {
    return app
        .add_option_function<std::string>(
            name,
            [name, &value, parse](const std::string& text) {
                try {
                    value = parse(text);
                } catch (const std::invalid_argument& error) {
                    throw CLI::ValidationError(name, error.what());
                }
            },
            description)
        ->type_name(type);
}

CLI::Option* add_distribution(CLI::App& app, const std::string& name, Distribution& value,
                              const std::string& description) {
    return add_parsed(app, name, value, Distribution::parse, "DIST", description)
        ->default_str(value.text())
        ->group("Times: TIME, uniform:LOW,HIGH, exp:MEAN or mix:SHORT,LONG,SHARE");
}

CLI::Option* add_rate(CLI::App& app, const std::string& name, double& value,
                      const std::string& description) {
    return app.add_option(name, value, description)
        ->capture_default_str()
        ->type_name("RATE")
        ->check(CLI::Validator(CLI::NonNegativeNumber).description(""))
        ->group("Disturbances (RATE: a second, over all backends; 0 is never)");
}

void add_load_options(CLI::App& app, Options& options) {
    const char* const group = "Backends";
    app.add_flag("--threads", options.threads,
                 "Backends are threads of one process; otherwise each is a process")
        ->group(group);
    for (const RoleName& role : kRoles) {
        app.add_option(role.option, options.backends_of[index_of(role.role)], role.description)
            ->capture_default_str()
            ->type_name("N")
            ->group(group);
    }
    add_parsed(app, "--load", options.load, Load::parse, "LOAD",
               "How many backends work: steady, up:TIME or wave:TIME")
        ->default_str(options.load.text())
        ->group(group);
    app.add_option("--locks", options.locks, "Locks that the backends choose from")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(1u, 1'000'000u).description(""))
        ->group(group);
}

void add_time_options(CLI::App& app, Options& options) {
    add_distribution(app, "--hold", options.hold, "How long locks are held");
    add_distribution(app, "--gap", options.gap, "Time between two operations");
    add_distribution(app, "--timeout", options.timeout,
                     "Time-out of timed backends; one wait in eight has none that could come");
    add_distribution(app, "--stop-time", options.stop_time, "How long a stop lasts");
}

void add_disturbance_options(CLI::App& app, Options& options) {
    add_rate(app, "--stops", options.stops,
             "Stop holders and waiters: SIGSTOP and SIGCONT for processes, a signal handler that "
             "stands still for threads");
    add_rate(app, "--signals", options.signals, "Signals whose handler interrupts system calls");
    add_rate(app, "--affinity", options.affinity, "Move a backend to a random set of CPUs");
}

void add_run_options(CLI::App& app, Options& options) {
    const char* const group = "Run";
    tools::add_duration_option(app, "--duration", options.duration, "How long to run")
        ->group(group);
    tools::add_duration_option(app, "--drain", options.drain,
                               "Time between drains, in which every backend finishes what it is "
                               "at and all invariants are checked at rest; 0 only at the end")
        ->group(group);
    tools::add_duration_option(app, "--stall-limit", options.stall_limit,
                               "A drain in which nothing happens for so long is stuck")
        ->group(group);
    app.add_option("--seed", options.seed, "Seed of all random choices (default: random)")
        ->type_name("N")
        ->group(group);
    tools::add_duration_option(app, "--status", options.status,
                               "Time between status lines on standard error; 0 is none")
        ->group(group);
    tools::add_json_option(app, options.json)->group(group);
}

void fit_roles(const CLI::App& app, const TargetKind& kind, Options& options) {
    if (kind.is_library) return;
    for (const Role role : kLibraryRoles) {
        const RoleName& name = kRoles[index_of(role)];
        if (app.count(name.option) != 0 && options.backends_of[index_of(role)] != 0) {
            throw std::runtime_error(std::string(name.option) + ": implementation " + kind.name +
                                     " has no such operation; leave the option out");
        }
        options.backends_of[index_of(role)] = 0;
    }
    if (options.segment != SegmentKind::anonymous) {
        throw std::runtime_error("--segment: implementation " + kind.name +
                                 " knows only anonymous memory; leave the option out");
    }
}

}  // namespace

unsigned Options::backends() const {
    return std::accumulate(backends_of.begin(), backends_of.end(), 0u);
}

const char* name_of(SegmentKind kind) {
    for (const SegmentName& segment : kSegments) {
        if (segment.kind == kind) return segment.name;
    }
    return "unknown";
}

void add_options(CLI::App& app, Options& options) {
    std::string names;
    for (const TargetKind& kind : target_kinds()) {
        names += (names.empty() ? "" : ", ") + kind.name;
    }
    const char* const group = "Locks";
    app.add_option("--implementation", options.implementation,
                   "Which locks: " + names +
                       "; floor_two_rmw is no lock and shows that the checks can fail")
        ->capture_default_str()
        ->type_name("NAME")
        ->group(group);
    add_parsed(app, "--segment", options.segment, parse_segment, "KIND",
               "Where the locks lie: anonymous, memfd or named shared memory, or local, with "
               "process-private futexes")
        ->default_str(name_of(options.segment))
        ->group(group);
    add_load_options(app, options);
    add_time_options(app, options);
    add_disturbance_options(app, options);
    add_run_options(app, options);
}

void complete(const CLI::App& app, Options& options) {
    const TargetKind& kind = find_target_kind(options.implementation);
    fit_roles(app, kind, options);
    if (!options.threads && !kind.processes) {
        throw std::runtime_error("implementation " + kind.name +
                                 " does not work across processes; add --threads");
    }
    if (!options.threads && options.segment == SegmentKind::local) {
        throw std::runtime_error("--segment local is for one process; add --threads");
    }
    if (options.backends() == 0 || options.backends() >= state::kMaxBackends) {
        throw std::runtime_error("there must be 1 to " + std::to_string(state::kMaxBackends - 1) +
                                 " backends; see --readers and the options beside it");
    }
    if (options.hold.longest() >= options.stall_limit) {
        throw std::runtime_error("--hold can last as long as --stall-limit; raise that one");
    }
    if (options.threads && options.stop_time.longest() >= options.stall_limit) {
        throw std::runtime_error("--stop-time can last as long as --stall-limit; raise that one");
    }
    tools::check_json_path(options.json);
    if (app.count("--seed") == 0) {
        std::random_device device;
        options.seed = device() | static_cast<std::uint64_t>(device() & 0xffff) << 32;
    }
}

}  // namespace lwlock::torture
