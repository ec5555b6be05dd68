#include "tools/torture/coordinator.hpp"

#include <time.h>

#include <algorithm>

#include "tools/torture/report.hpp"
#include "tools/torture/signals.hpp"
#include "tools/torture/waits.hpp"

namespace lwlock::torture {
namespace {

constexpr Nanoseconds kTick = 1'000'000;
// Shorter than the library's own second look at a sleep, which would hide a
// lost wake.
constexpr Nanoseconds kRestTick = 200'000;

void nap(Nanoseconds time) {
    const timespec duration{.tv_sec = time / kSecond, .tv_nsec = time % kSecond};
    nanosleep(&duration, nullptr);
}

}  // namespace

Coordinator::Coordinator(const Plan& plan, Target& target, const Arena& arena)
    : plan_(plan),
      options_(plan.options),
      target_(target),
      arena_(arena),
      crew_(plan, target),
      disturber_(plan, arena) {}

Result Coordinator::run() {
    if (start() && work()) finish();
    disturber_.calm();
    crew_.kill_all();
    result_.elapsed = atomics::monotonic_now() - started_;
    result_.stops = disturber_.stops();
    result_.signals = disturber_.signals();
    result_.moves = disturber_.moves();
    result_.interrupted = interrupted();
    return result_;
}

// Every backend attaches and parks before the first begins.
bool Coordinator::start() {
    started_ = last_change_ = status_at_ = atomics::monotonic_now();
    if (!come_to_rest()) return false;
    target_.forget_name();
    started_ = status_at_ = atomics::monotonic_now();
    next_status_ = started_ + options_.status;
    return true;
}

bool Coordinator::work() {
    const Nanoseconds end = started_ + options_.duration;
    Nanoseconds next_drain = started_ + options_.drain;
    last_change_ = started_;
    for (;;) {
        const Nanoseconds now = atomics::monotonic_now();
        // Late starters get their turn: progress does not depend on luck.
        if (interrupted() || (now >= end && all_have_worked())) return true;
        if (now >= end && is_stuck(now)) return true;
        set_active(now - started_);
        disturber_.tick(now, active_);
        show_status(now);
        if (!all_alive()) return false;
        if (options_.drain > 0 && now >= next_drain) {
            if (!come_to_rest()) return false;
            next_drain = atomics::monotonic_now() + options_.drain;
            set_active(now - started_);
        }
        nap(kTick);
    }
}

bool Coordinator::finish() {
    if (!come_to_rest()) return false;
    for (unsigned backend = 0; backend < result_.active && !interrupted(); ++backend) {
        const Record& record = arena_.records[backend];
        const Role role = plan_.roles[backend];
        const bool must_acquire = role == Role::reader || role == Role::writer;
        const Atomic64& progress = must_acquire ? record.acquisitions : record.operations;
        if (progress.load_relaxed() == 0) fail(Check::backend_progressed, backend, kNobody, 0);
    }
    ending_ = true;
    set_gate(arena_, Gate::stop, 0);
    last_change_ = atomics::monotonic_now();
    while (crew_.living() != 0) {
        if (!all_alive()) return false;
        if (is_stuck(atomics::monotonic_now())) return fail(Check::not_stuck, kNobody, kNobody, 0);
        nap(kTick);
    }
    return true;
}

// Closes the gate and sees everybody arrive there.
bool Coordinator::come_to_rest() {
    const Nanoseconds began = last_change_ = atomics::monotonic_now();
    disturber_.calm();
    set_gate(arena_, Gate::drain, 0);
    active_ = 0;
    std::optional<WakeWatch> watch;
    if (target_.space() != nullptr) watch.emplace(arena_, *target_.space());
    while (at_rest() != arena_.backends) {
        if (!all_alive()) return false;
        const Nanoseconds now = atomics::monotonic_now();
        if (const auto lost = watch ? watch->look(now) : std::nullopt) {
            return fail(Check::wake_not_lost, lost->backend, lost->lock, 1);
        }
        if (is_stuck(now)) return fail(Check::not_stuck, kNobody, kNobody, 0);
        show_status(now);
        nap(kRestTick);
    }
    ++result_.drains;
    result_.longest_drain = std::max(result_.longest_drain, atomics::monotonic_now() - began);
    result_.checks_at_rest += check_at_rest(arena_, target_.space());
    return true;
}

bool Coordinator::all_alive() {
    while (const auto death = crew_.collect()) {
        if (ending_ && death->status == 0) continue;
        return fail(Check::backend_alive, options_.threads ? kNobody : death->member, kNobody,
                    static_cast<std::uint64_t>(death->status));
    }
    return true;
}

bool Coordinator::all_have_worked() const {
    return std::all_of(arena_.records, arena_.records + result_.active,
                       [](const Record& record) { return record.operations.load_relaxed() != 0; });
}

bool Coordinator::is_stuck(Nanoseconds now) {
    const std::uint64_t activity = arena_.total_operations() + at_rest() + crew_.living();
    if (activity != last_activity_) {
        last_activity_ = activity;
        last_change_ = now;
    }
    return now - last_change_ > options_.stall_limit;
}

unsigned Coordinator::at_rest() const {
    return static_cast<unsigned>(
        std::count_if(arena_.records, arena_.records + arena_.backends, [](const Record& record) {
            const Phase phase = phase_of(record);
            return phase == Phase::parked || phase == Phase::finished;
        }));
}

void Coordinator::set_active(Nanoseconds elapsed) {
    const unsigned wanted = options_.load.active(elapsed, arena_.backends);
    if (wanted == active_) return;
    active_ = wanted;
    result_.active = std::max(result_.active, wanted);
    set_gate(arena_, Gate::run, wanted);
}

void Coordinator::show_status(Nanoseconds now) {
    if (options_.status == 0 || next_status_ == 0 || now < next_status_) return;
    next_status_ = now + options_.status;
    const std::uint64_t operations = arena_.total_operations();
    print_status({.elapsed = now - started_,
                  .active = active_,
                  .backends = arena_.backends,
                  .rate = static_cast<double>(operations - status_operations_) * 1e9 /
                          static_cast<double>(now - status_at_),
                  .stops = disturber_.stops(),
                  .signals = disturber_.signals(),
                  .drains = result_.drains,
                  .violations = arena_.header->violations.load_relaxed()});
    status_operations_ = operations;
    status_at_ = now;
}

bool Coordinator::fail(Check check, unsigned backend, unsigned lock, std::uint64_t found) {
    report_violation(arena_, check, backend, lock, 0, found);
    if (result_.waits.empty()) result_.waits = describe_waits(plan_, arena_, target_.space());
    return false;
}

}  // namespace lwlock::torture
