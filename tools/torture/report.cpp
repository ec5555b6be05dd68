#include "tools/torture/report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tools/torture/checks.hpp"

namespace lwlock::torture {
namespace {

bool status_line_open = false;

// Sums over the backends of one role.
struct RoleTotal {
    unsigned backends = 0;
    std::uint64_t operations = 0;
    std::uint64_t fewest = UINT64_MAX;  // operations of one backend that was let work
    std::uint64_t acquisitions = 0;
    std::uint64_t slept = 0;
    std::uint64_t busy = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t canceled = 0;
    std::uint64_t without = 0;
    std::uint64_t longest = 0;
};

RoleTotal total_of(Role role, const Plan& plan, const Arena& arena, const Result& result) {
    RoleTotal total;
    for (unsigned backend = 0; backend < plan.backends(); ++backend) {
        if (plan.roles[backend] != role) continue;
        const Record& record = arena.records[backend];
        const std::uint64_t operations = record.operations.load_relaxed();
        ++total.backends;
        total.operations += operations;
        if (backend < result.active) total.fewest = std::min(total.fewest, operations);
        total.acquisitions += record.acquisitions.load_relaxed();
        total.slept += record.slept.load_relaxed();
        total.busy += record.busy.load_relaxed();
        total.timed_out += record.timed_out.load_relaxed();
        total.canceled += record.canceled.load_relaxed();
        total.without += record.without.load_relaxed();
        total.longest = std::max(total.longest, record.longest.load_relaxed());
    }
    if (total.fewest == UINT64_MAX) total.fewest = 0;
    return total;
}

std::uint64_t sum_of(const Arena& arena, Atomic64 Record::*member) {
    std::uint64_t sum = 0;
    for (unsigned backend = 0; backend < arena.backends; ++backend) {
        sum += (arena.records[backend].*member).load_relaxed();
    }
    return sum;
}

std::uint64_t all_checks(const Arena& arena, const Result& result) {
    return sum_of(arena, &Record::checks) + result.checks_at_rest;
}

std::uint64_t kept_violations(const Arena& arena) {
    return std::min<std::uint64_t>(arena.header->violations.load_acquire(), kKeptViolations);
}

std::string describe(const Violation& violation) {
    const std::uint32_t backend = violation.backend.load_relaxed();
    const std::uint32_t lock = violation.lock.load_relaxed();
    std::string text = describe(static_cast<Check>(violation.kind.load_relaxed()));
    if (backend != kNobody) text += ", backend " + std::to_string(backend);
    if (lock != kNobody) text += ", lock " + std::to_string(lock);
    return text + ": expected " + std::to_string(violation.expected.load_relaxed()) + ", found " +
           std::to_string(violation.found.load_relaxed());
}

std::string verdict(const Arena& arena, const Result& result) {
    if (!result.passed(arena)) {
        return "FAILED: " + std::to_string(arena.header->violations.load_acquire()) + " violations";
    }
    return result.interrupted ? "passed, interrupted" : "passed";
}

}  // namespace

void print_status(const StatusLine& status) {
    const bool terminal = isatty(STDERR_FILENO) != 0;
    std::fprintf(stderr,
                 "%s%6s  %u of %u at work  %.3g M operations/s  %llu stops  %llu signals  "
                 "%llu drains  %llu violations%s",
                 terminal ? "\r\033[K" : "", tools::format_duration(status.elapsed).c_str(),
                 status.active, status.backends, status.rate / 1e6,
                 static_cast<unsigned long long>(status.stops),
                 static_cast<unsigned long long>(status.signals),
                 static_cast<unsigned long long>(status.drains),
                 static_cast<unsigned long long>(status.violations), terminal ? "" : "\n");
    std::fflush(stderr);
    status_line_open = terminal;
}

void end_status() {
    if (status_line_open) std::fputc('\n', stderr);
    status_line_open = false;
}

void print_summary(std::ostream& out, const Plan& plan, const Arena& arena, const Result& result) {
    const Options& options = plan.options;
    const auto line = [&](const char* format, auto... values) {
        char text[256];
        std::snprintf(text, sizeof text, format, values...);
        out << text << '\n';
    };
    line("%s, %u %s, %u locks, %s segment, load %s, seed %llu, %s", options.implementation.c_str(),
         plan.backends(), options.threads ? "threads" : "processes", options.locks,
         name_of(options.segment), options.load.text().c_str(),
         static_cast<unsigned long long>(options.seed),
         tools::format_duration(result.elapsed).c_str());
    line("%-9s %4s %12s %12s %12s %10s %10s %10s %10s %10s %9s", "role", "n", "operations",
         "fewest", "acquired", "slept", "busy", "timed out", "canceled", "without", "longest");
    for (const RoleName& role : kRoles) {
        const RoleTotal total = total_of(role.role, plan, arena, result);
        if (total.backends == 0) continue;
        const auto number = [](std::uint64_t value) { return std::to_string(value); };
        line("%-9s %4u %12s %12s %12s %10s %10s %10s %10s %10s %9s", role.name, total.backends,
             number(total.operations).c_str(), number(total.fewest).c_str(),
             number(total.acquisitions).c_str(), number(total.slept).c_str(),
             number(total.busy).c_str(), number(total.timed_out).c_str(),
             number(total.canceled).c_str(), number(total.without).c_str(),
             tools::format_duration(static_cast<Nanoseconds>(total.longest)).c_str());
    }
    line("%llu stops, %llu signals sent, %llu handled, %llu moves to other CPUs",
         static_cast<unsigned long long>(result.stops),
         static_cast<unsigned long long>(result.signals),
         static_cast<unsigned long long>(sum_of(arena, &Record::signals)),
         static_cast<unsigned long long>(result.moves));
    line("%llu drains, the longest %s; %llu checks of invariants",
         static_cast<unsigned long long>(result.drains),
         tools::format_duration(result.longest_drain).c_str(),
         static_cast<unsigned long long>(all_checks(arena, result)));
    for (std::uint64_t index = 0; index < kept_violations(arena); ++index) {
        out << "violation: " << describe(arena.header->kept[index]) << '\n';
    }
    for (const std::string& wait : result.waits) out << "  " << wait << '\n';
    out << verdict(arena, result) << std::endl;
}

nlohmann::json to_json(const Plan& plan, const Arena& arena, const Result& result) {
    const Options& options = plan.options;
    nlohmann::json roles = nlohmann::json::array();
    for (const RoleName& role : kRoles) {
        const RoleTotal total = total_of(role.role, plan, arena, result);
        if (total.backends == 0) continue;
        roles.push_back({{"role", role.name},
                         {"backends", total.backends},
                         {"operations", total.operations},
                         {"fewest_operations", total.fewest},
                         {"acquisitions", total.acquisitions},
                         {"slept", total.slept},
                         {"busy", total.busy},
                         {"timed_out", total.timed_out},
                         {"canceled", total.canceled},
                         {"without", total.without},
                         {"longest_ns", total.longest}});
    }
    nlohmann::json violations = nlohmann::json::array();
    for (std::uint64_t index = 0; index < kept_violations(arena); ++index) {
        violations.push_back(describe(arena.header->kept[index]));
    }
    return {{"tool", "lwtorture"},
            {"version", LWLOCK_VERSION},
            {"passed", result.passed(arena)},
            {"interrupted", result.interrupted},
            {"options",
             {{"implementation", options.implementation},
              {"threads", options.threads},
              {"locks", options.locks},
              {"segment", name_of(options.segment)},
              {"load", options.load.text()},
              {"hold", options.hold.text()},
              {"gap", options.gap.text()},
              {"timeout", options.timeout.text()},
              {"stop_time", options.stop_time.text()},
              {"stops", options.stops},
              {"signals", options.signals},
              {"affinity", options.affinity},
              {"duration_ns", options.duration},
              {"drain_ns", options.drain},
              {"stall_limit_ns", options.stall_limit},
              {"seed", options.seed}}},
            {"elapsed_ns", result.elapsed},
            {"operations", arena.total_operations()},
            {"roles", roles},
            {"stops", result.stops},
            {"signals_sent", result.signals},
            {"signals_handled", sum_of(arena, &Record::signals)},
            {"moves", result.moves},
            {"drains", result.drains},
            {"longest_drain_ns", result.longest_drain},
            {"checks", all_checks(arena, result)},
            {"violation_count", arena.header->violations.load_acquire()},
            {"violations", violations},
            {"waits", result.waits}};
}

}  // namespace lwlock::torture
