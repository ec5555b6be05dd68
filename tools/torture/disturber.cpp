#include "tools/torture/disturber.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <random>

#include "tools/torture/signals.hpp"

namespace lwlock::torture {
namespace {

// Looks for a holder or a waiter among so many random backends.
constexpr int kLooks = 8;

void send(const Record& record, int signal) {
    syscall(SYS_tgkill, static_cast<pid_t>(record.process.load_relaxed()),
            static_cast<pid_t>(record.thread.load_relaxed()), signal);
}

}  // namespace

Disturber::Disturber(const Plan& plan, const Arena& arena)
    : options_(plan.options), arena_(arena), random_(plan.random_of(plan.backends())) {
    sched_getaffinity(0, sizeof allowed_, &allowed_);
}

void Disturber::tick(Nanoseconds now, unsigned active) {
    resume_due(now);
    while (is_due(next_stop_, options_.stops, now)) stop(choose(active), now);
    while (is_due(next_signal_, options_.signals, now)) signal(choose(active));
    while (is_due(next_move_, options_.affinity, now)) move(choose(active));
}

void Disturber::calm() {
    resume_due(INT64_MAX);
    next_stop_ = next_signal_ = next_move_ = 0;
}

// Events come at random with the rate as their mean; `next` is 0 at first.
bool Disturber::is_due(Nanoseconds& next, double rate, Nanoseconds now) {
    if (rate <= 0 || now < next) return false;
    const bool first = next == 0;
    const double gap = std::exponential_distribution<double>(rate)(random_);
    next = std::max(next, first ? now : next) +
           std::max(static_cast<Nanoseconds>(gap * 1e9), Nanoseconds{1});
    return !first;
}

unsigned Disturber::choose(unsigned active) {
    unsigned backend = 0;
    for (int look = 0; look < kLooks; ++look) {
        backend = static_cast<unsigned>(random_() % active);
        const Phase phase = phase_of(arena_.records[backend]);
        if (phase == Phase::acquiring || phase == Phase::inside || phase == Phase::releasing) break;
    }
    return backend;
}

bool Disturber::is_stopped(unsigned backend) const {
    return std::any_of(stopped_.begin(), stopped_.end(),
                       [=](const Stop& stop) { return stop.backend == backend; });
}

void Disturber::stop(unsigned backend, Nanoseconds now) {
    if (is_stopped(backend)) return;
    Record& record = arena_.records[backend];
    const Nanoseconds time = options_.stop_time(random_);
    if (options_.threads) {
        // SIGSTOP would stop all threads.
        record.stop_for.store_relaxed(static_cast<std::uint64_t>(time));
        send(record, kDisturbingSignal);
    } else {
        send(record, SIGSTOP);
        stopped_.push_back({.backend = backend, .until = now + time});
    }
    ++stops_;
}

void Disturber::resume_due(Nanoseconds now) {
    std::erase_if(stopped_, [&](const Stop& stop) {
        if (stop.until > now) return false;
        send(arena_.records[stop.backend], SIGCONT);
        return true;
    });
}

void Disturber::signal(unsigned backend) {
    send(arena_.records[backend], kDisturbingSignal);
    ++signals_;
}

void Disturber::move(unsigned backend) {
    cpu_set_t chosen;
    CPU_ZERO(&chosen);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &allowed_) && random_() % 2 == 0) CPU_SET(cpu, &chosen);
    }
    const auto thread = static_cast<pid_t>(arena_.records[backend].thread.load_relaxed());
    sched_setaffinity(thread, sizeof chosen, CPU_COUNT(&chosen) == 0 ? &allowed_ : &chosen);
    ++moves_;
}

}  // namespace lwlock::torture
