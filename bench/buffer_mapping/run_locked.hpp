/// \file
/// The main job under partition locks of any implementation.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "bench/buffer_mapping/locked_mapping.hpp"
#include "bench/buffer_mapping/run.hpp"
#include "bench/buffer_mapping/verify.hpp"
#include "lwlock/lwlock.hpp"

namespace lwlock::bench {
namespace detail {

/// Which partition a lock of the space belongs to.
template <class Mapping>
std::string name_of_lock(const Mapping& mapping, const void* lock) {
    for (std::uint32_t partition = 0; partition < mapping.partitions(); ++partition) {
        if (&mapping.lock(partition) == lock) return "partition " + std::to_string(partition);
    }
    return "another lock";
}

/// Every backend of the lock space that waits for a lock or holds one.
template <class Mapping>
void describe_space(std::ostream& out, const LockSpace& space, const Mapping& mapping) {
    for (BackendNumber number = 0; number < space.backends_ever_used(); ++number) {
        BackendReport report;
        if (!space.report(number, report) || report.process == 0) continue;
        if (report.waiting == WaitKind::none && report.held_count == 0) continue;
        out << "  slot " << number << " (thread " << report.thread << ")";
        if (report.waiting != WaitKind::none) {
            out << " waits for " << name_of_lock(mapping, space.lock_at(report.wait_location))
                << " (" << (report.waiting == WaitKind::shared ? "shared" : "exclusive") << ")";
        }
        for (std::uint32_t held = 0; held < report.held_count; ++held) {
            const HeldEntry& entry = report.held[held];
            out << " holds " << name_of_lock(mapping, space.lock_at(entry.location)) << " ("
                << name_of(entry.mode) << (entry.is_held() ? ")" : ", on its way)");
        }
        out << "\n";
    }
}

/// Tells of a hanging run who waits for what, if the implementation can. The
/// world and the mapping must outlive it.
template <Implementation I>
std::function<void(std::ostream&)> describer_of(const typename I::World& world,
                                                const LockedMapping<I>& mapping) {
    if constexpr (requires { world.space(); }) {
        return [&](std::ostream& out) { describe_space(out, world.space(), mapping); };
    } else {
        return {};
    }
}

/// After everybody left, every partition can be locked exclusively.
template <Implementation I>
void check_locks(typename I::World& world, const LockedMapping<I>& mapping, TableCheck& check) {
    world.attach(0);
    for (std::uint32_t partition = 0; partition < mapping.partitions(); ++partition) {
        if (!I::try_acquire(mapping.lock(partition), Mode::exclusive)) {
            check.fail("partition " + std::to_string(partition) + " is still locked");
        } else {
            I::release(mapping.lock(partition), Mode::exclusive);
        }
    }
    world.detach();
}

/// After everybody left. Throws std::runtime_error when the table is damaged.
template <Implementation I>
void check_table(typename I::World& world, const LockedMapping<I>& mapping) {
    TableCheck check(mapping.pool());
    check_entries(mapping.table(), check);
    check_locks<I>(world, mapping, check);
    check.finish();
}

}  // namespace detail

/// Runs the plan and verifies the table. Throws
/// std::runtime_error when anything is wrong.
template <Implementation I>
RunResult run_locked(const RunPlan& plan) {
    using Mapping = LockedMapping<I>;
    const std::size_t bytes = Mapping::required_bytes(plan.shape);
    typename I::World world(plan.backends, bytes);
    Mapping mapping(world.user_memory(), plan.shape);

    MappingWork work{.arrive =
                         [&](unsigned number) {
                             populate(world.user_memory(), bytes);
                             world.attach(number);
                         },
                     .replay = replay_of(plan, mapping),
                     .leave = [&] { world.detach(); },
                     .describe_locks = detail::describer_of<I>(world, mapping)};
    const RunResult result = run_team(plan, work);

    detail::check_table<I>(world, mapping);
    return result;
}

}  // namespace lwlock::bench
