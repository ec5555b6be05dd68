// What the watchdog says about a run that hangs.

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

#include "bench/support/team.hpp"

namespace lwlock::bench {
namespace {

/// The state letter of a thread, as in ps; '?' when it is gone.
char run_state(std::uint32_t thread) {
    std::ifstream file("/proc/" + std::to_string(thread) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t name_end = text.rfind(')');
    return name_end + 2 < text.size() ? text[name_end + 2] : '?';
}

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
