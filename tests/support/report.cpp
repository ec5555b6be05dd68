#include "tests/support/report.hpp"

#include <array>
#include <memory>
#include <ostream>

#include "lwlock/lock.hpp"

namespace lwlock::tests {
namespace {

const char* name_of(WaitKind kind) {
    constexpr std::array names{"nothing", "exclusive", "shared", "until free", "variable"};
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "unknown kind";
}

const char* name_of(Mark mark) {
    constexpr std::array names{"none", "acquiring", "held", "releasing"};
    return names[static_cast<std::size_t>(mark)];
}

void print_lock(const LockSpace& space, Location location, std::ostream& out) {
    out << "lock " << std::hex << location;
    if (const Lock* lock = space.lock_at(location)) {
        out << " [state " << lock->state_word() << " seq " << lock->words().wait_seq.load_relaxed()
            << std::dec << " owner " << static_cast<std::int32_t>(lock->exclusive_holder()) << "]";
    }
    out << std::dec;
}

}  // namespace

void print_backends(const LockSpace& space, std::ostream& out) {
    const auto report = std::make_unique<BackendReport>();
    const std::uint64_t now = static_cast<std::uint64_t>(atomics::monotonic_now());
    for (BackendNumber number = 0; number < space.backends_ever_used(); ++number) {
        if (!space.report(number, *report) || report->process == 0) continue;
        out << "backend " << number << " (process " << report->process << " thread "
            << report->thread << ", " << report->waits << " waits): ";
        if (report->waiting == WaitKind::none) {
            out << "waits for nothing";
        } else {
            out << "waits " << name_of(report->waiting) << " for ";
            print_lock(space, report->wait_location, out);
            out << " since " << (now - report->wait_since) / 1'000'000 << " ms";
        }
        for (std::uint32_t i = 0; i < report->held_count; ++i) {
            const HeldEntry& entry = report->held[i];
            out << (i == 0 ? "; " : ", ") << name_of(entry.mark) << ' '
                << lwlock::name_of(entry.mode) << ' ';
            print_lock(space, entry.location, out);
        }
        out << '\n';
    }
    out.flush();
}

}  // namespace lwlock::tests
