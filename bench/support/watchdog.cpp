// What the watchdog says about a run that hangs.

#include <ostream>

#include "bench/support/run_state.hpp"
#include "bench/support/team.hpp"

namespace lwlock::bench {
namespace {

void describe(std::ostream& out, unsigned number, const BackendRecord& record) {
    const std::uint32_t thread = record.thread.load_relaxed();
    out << "  backend " << number << " (thread " << thread << ", state " << run_state(thread)
        << "): " << record.operations.load_relaxed() << " operations, ";
    const std::uint32_t wish = record.wish.load_relaxed();
    if (wish == Wish::kNone) {
        out << "not acquiring\n";
    } else {
        const Wish what = Wish::unpacked(wish);
        out << "acquires lock " << what.lock << " " << name_of(what.mode) << "\n";
    }
}

}  // namespace

void describe_backends(std::ostream& out, const BackendRecord* records, unsigned count,
                       unsigned limit) {
    unsigned unfinished = 0;
    for (unsigned number = 0; number < count; ++number) {
        if (records[number].finished_at.load_acquire() != 0) continue;
        if (++unfinished <= limit) describe(out, number, records[number]);
    }
    if (unfinished > limit) out << "  and " << unfinished - limit << " more\n";
}

}  // namespace lwlock::bench
