#include "tools/torture/waits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <tuple>

#include "atomics/deadline.hpp"

namespace lwlock::torture {
namespace {

// Several of the library's naps, and less than its longer looks.
constexpr std::int64_t kLongestNap = 5'000'000;

bool is_at_rest(Phase phase) { return phase == Phase::parked || phase == Phase::finished; }

// Whether the kernel has the thread asleep: a woken one that has no CPU yet is
// not, nor is a stopped one.
bool is_asleep(const Record& record) {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%u/task/%u/stat", record.process.load_relaxed(),
                  record.thread.load_relaxed());
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    char text[256];
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return false;
    text[length] = '\0';
    const char* const name_end = std::strrchr(text, ')');
    return name_end != nullptr && std::strncmp(name_end, ") S", 3) == 0;
}

Lock& lock_at(const Arena& arena, unsigned lock) {
    return reinterpret_cast<Lock*>(arena.locks)[lock];
}

// The moment of a backend that sleeps in a call of the library.
std::optional<Moment> observe(const Arena& arena, const LockSpace& space, unsigned backend) {
    const Record& record = arena.records[backend];
    const std::uint32_t slot = record.slot.load_acquire();
    if (phase_of(record) != Phase::acquiring || slot == 0) return std::nullopt;
    if (record.standing.load_acquire() != 0) return std::nullopt;
    BackendReport report;
    if (!space.report(slot - 1, report) || report.waiting == WaitKind::none) return std::nullopt;
    const unsigned index = record.lock.load_relaxed();
    const detail::LockWords& words = lock_at(arena, index).words();
    const Moment moment{.backend = backend,
                        .lock = index,
                        .operations = record.operations.load_acquire(),
                        .since = report.wait_since,
                        .state = words.state.load_acquire(),
                        .wait_seq = words.wait_seq.load_acquire()};
    if (!is_asleep(record) || record.standing.load_acquire() != 0) return std::nullopt;
    return moment;
}

// The moments of all who are not at rest; nothing when one of them is awake.
std::vector<Moment> observe_all(const Arena& arena, const LockSpace& space) {
    std::vector<Moment> moments;
    for (unsigned backend = 0; backend < arena.backends; ++backend) {
        if (is_at_rest(phase_of(arena.records[backend]))) continue;
        const auto moment = observe(arena, space, backend);
        if (!moment) return {};
        moments.push_back(*moment);
    }
    return moments;
}

std::string describe_word(std::uint32_t word) {
    using namespace state;
    char text[64];
    std::snprintf(text, sizeof text, "0x%08x: shared %u", word, shared_count(word));
    std::string result = text;
    const std::tuple<Word, const char*> bits[] = {{kExclusive, ", exclusive"},
                                                  {kWaking, ", waking"},
                                                  {kHandoff, ", hand-off"},
                                                  {kWaitShared, ", waits shared"},
                                                  {kWaitExclusive, ", waits exclusive"},
                                                  {kWaitUntilFree, ", waits until free"},
                                                  {kWaitVariable, ", waits variable"},
                                                  {kWaitHungry, ", waits hungry"}};
    for (const auto& [bit, name] : bits) {
        if ((word & bit) != 0) result += name;
    }
    return result;
}

std::string lock_name(const Arena& arena, const LockSpace& space, Location location) {
    const auto* const at = reinterpret_cast<const std::byte*>(space.lock_at(location));
    if (at == nullptr || at < arena.locks) return "an unknown lock";
    return "lock " + std::to_string(static_cast<std::size_t>(at - arena.locks) / sizeof(Lock));
}

const char* name_of(WaitKind kind) {
    switch (kind) {
        case WaitKind::none: return "nothing";
        case WaitKind::exclusive: return "exclusively";
        case WaitKind::shared: return "shared";
        case WaitKind::until_free: return "until free";
        case WaitKind::variable: return "for its variable";
    }
    return "unknown";
}

const char* name_of(Mark mark) {
    switch (mark) {
        case Mark::none: return "none";
        case Mark::acquiring: return "acquiring";
        case Mark::held: return "holds";
        case Mark::releasing: return "releasing";
        case Mark::biased: return "holds by bias";
    }
    return "unknown";
}

std::string describe_slot(const Arena& arena, const LockSpace& space, std::uint32_t slot,
                          std::int64_t now) {
    BackendReport report;
    if (slot == 0 || !space.report(slot - 1, report)) return "; no slot";
    std::string text = "; slot " + std::to_string(slot - 1) + ": ";
    if (report.waiting == WaitKind::none) {
        text += "does not sleep";
    } else {
        const auto since = static_cast<std::int64_t>(report.wait_since);
        text += "sleeps for " + lock_name(arena, space, report.wait_location) + " " +
                name_of(report.waiting) + " since " + tools::format_duration(now - since);
    }
    for (std::uint32_t index = 0; index < report.held_count; ++index) {
        const HeldEntry& entry = report.held[index];
        text += std::string(", ") + name_of(entry.mark) + " " +
                lock_name(arena, space, entry.location) + " " + lwlock::name_of(entry.mode);
    }
    return text;
}

}  // namespace

std::optional<Sleeper> WakeWatch::look(std::int64_t now) {
    // Whoever is at rest stays there while the gate is closed. If all others
    // are asleep inside a call, and still in the same sleep a moment later,
    // nobody is left to wake them; and none of them holds a lock.
    std::vector<Moment> moments = observe_all(arena_, space_);
    if (moments != last_) {
        last_ = moments;
        since_ = now;
    }
    if (moments.empty() || moments != observe_all(arena_, space_)) return std::nullopt;
    for (const Moment& moment : moments) {
        const bool naps = (moment.state & state::kWaking) != 0;
        if (state::is_free(moment.state) && (!naps || now - since_ > kLongestNap)) {
            return Sleeper{.backend = moment.backend, .lock = moment.lock};
        }
    }
    return std::nullopt;
}

std::vector<std::string> describe_waits(const Plan& plan, const Arena& arena,
                                        const LockSpace* space) {
    std::vector<std::string> lines;
    const std::int64_t now = atomics::monotonic_now();
    for (unsigned backend = 0; backend < arena.backends; ++backend) {
        const Record& record = arena.records[backend];
        const Phase phase = phase_of(record);
        if (is_at_rest(phase)) continue;
        const auto since = static_cast<std::int64_t>(record.phase_since.load_relaxed());
        std::string line = "backend " + std::to_string(backend) + " (" +
                           name_of(plan.roles[backend]) + ", thread " +
                           std::to_string(record.thread.load_relaxed()) + "): " + name_of(phase) +
                           ", lock " + std::to_string(record.lock.load_relaxed()) + ", for " +
                           tools::format_duration(now - since);
        if (space != nullptr) {
            line += describe_slot(arena, *space, record.slot.load_acquire(), now);
        }
        lines.push_back(line);
    }
    for (unsigned lock = 0; space != nullptr && lock < arena.lock_count; ++lock) {
        const std::uint32_t word = lock_at(arena, lock).state_word();
        if (word == 0) continue;
        std::string line = "lock " + std::to_string(lock) + ": " + describe_word(word);
        if (const BackendNumber holder = lock_at(arena, lock).exclusive_holder();
            holder != kNoBackend) {
            line += ", holder is slot " + std::to_string(holder);
        }
        lines.push_back(line);
    }
    return lines;
}

}  // namespace lwlock::torture
