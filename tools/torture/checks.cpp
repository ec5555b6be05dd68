#include "tools/torture/checks.hpp"

#include "atomics/deadline.hpp"

namespace lwlock::torture {

const char* describe(Check check) {
    switch (check) {
        case Check::writer_alone: return "another writer inside with a writer";
        case Check::no_reader_with_writer: return "readers inside with a writer";
        case Check::no_writer_with_reader: return "a writer inside with a reader";
        case Check::data_consistent: return "the data was half written at the begin of a section";
        case Check::data_unchanged: return "the data changed during a section";
        case Check::no_lost_update: return "an update was lost";
        case Check::held_by_me: return "the backend's table does not name the lock that it holds";
        case Check::holder_named: return "the lock names another exclusive holder";
        case Check::time_out_not_early: return "a time-out before its deadline (nanoseconds)";
        case Check::cancel_was_asked: return "a wait was cancelled though nobody asked for it";
        case Check::variable_differs: return "a wait for a change ended with the old value";
        case Check::lock_free_at_rest: return "a lock is held though every backend rests";
        case Check::handoff_over_at_rest: return "a hand-off stands though every backend rests";
        case Check::slot_empty_at_rest: return "a resting backend's slot names a lock or a wait";
        case Check::wake_not_lost: return "lost wake: a backend sleeps for a lock that is free";
        case Check::not_stuck: return "stuck: no backend goes on, and not all have come to rest";
        case Check::backend_alive: return "a process ended before its time (wait status)";
        case Check::backend_progressed: return "a backend did nothing in the whole run";
    }
    return "unknown";
}

void report_violation(const Arena& arena, Check check, unsigned backend, unsigned lock,
                      std::uint64_t expected, std::uint64_t found) {
    const std::uint64_t number = arena.header->violations.fetch_add_relaxed(1);
    if (number >= kKeptViolations) return;
    Violation& kept = arena.header->kept[number];
    kept.kind.store_relaxed(static_cast<std::uint32_t>(check));
    kept.backend.store_relaxed(backend);
    kept.lock.store_relaxed(lock);
    kept.expected.store_relaxed(expected);
    kept.found.store_relaxed(found);
    kept.when.store_release(static_cast<std::uint64_t>(atomics::monotonic_now()));
}

bool Checker::expect(Check check, unsigned lock, std::uint64_t expected, std::uint64_t found) {
    count(arena_.records[backend_].checks);
    if (found == expected) [[likely]]
        return true;
    report_violation(arena_, check, backend_, lock, expected, found);
    return false;
}

void Checker::enter(unsigned lock, Mode mode) {
    Guarded& data = arena_.guarded[lock];
    if (mode == Mode::exclusive) {
        expect(Check::writer_alone, lock, 0, data.writers.fetch_add_relaxed(1));
        expect(Check::no_reader_with_writer, lock, 0, data.readers.load_relaxed());
        expect(Check::data_consistent, lock, data.first, data.second);
        data.writes.fetch_add_relaxed(1);
        data.first = data.first + 1;
    } else {
        data.readers.fetch_add_relaxed(1);
        expect(Check::no_writer_with_reader, lock, 0, data.writers.load_relaxed());
        expect(Check::data_consistent, lock, data.first, data.second);
    }
    seen_ = data.first;
}

void Checker::leave(unsigned lock, Mode mode) {
    Guarded& data = arena_.guarded[lock];
    expect(Check::data_unchanged, lock, seen_, data.first);
    if (mode == Mode::exclusive) {
        expect(Check::no_reader_with_writer, lock, 0, data.readers.load_relaxed());
        data.second = data.first;
        expect(Check::writer_alone, lock, 1, data.writers.fetch_add_relaxed(~0u));
    } else {
        expect(Check::data_consistent, lock, data.first, data.second);
        expect(Check::no_writer_with_reader, lock, 0, data.writers.load_relaxed());
        data.readers.fetch_add_relaxed(~0u);
    }
}

namespace {

class RestChecks {
  public:
    explicit RestChecks(const Arena& arena) : arena_(arena) {}

    void expect(Check check, unsigned backend, unsigned lock, std::uint64_t expected,
                std::uint64_t found) {
        ++done_;
        if (found != expected) report_violation(arena_, check, backend, lock, expected, found);
    }
    std::uint64_t done() const { return done_; }

  private:
    const Arena& arena_;
    std::uint64_t done_ = 0;
};

}  // namespace

std::uint64_t check_at_rest(const Arena& arena, const LockSpace* space) {
    RestChecks checks(arena);
    for (unsigned lock = 0; lock < arena.lock_count; ++lock) {
        const Guarded& data = arena.guarded[lock];
        checks.expect(Check::writer_alone, kNobody, lock, 0, data.writers.load_acquire());
        checks.expect(Check::no_reader_with_writer, kNobody, lock, 0, data.readers.load_acquire());
        checks.expect(Check::data_consistent, kNobody, lock, data.first, data.second);
        checks.expect(Check::no_lost_update, kNobody, lock, data.writes.load_relaxed(), data.first);
        if (space == nullptr) continue;
        const std::uint32_t word = reinterpret_cast<Lock*>(arena.locks)[lock].state_word();
        checks.expect(Check::lock_free_at_rest, kNobody, lock, 0,
                      word & (state::kExclusive | state::kSharedMask));
        checks.expect(Check::handoff_over_at_rest, kNobody, lock, 0, word & state::kHandoff);
    }
    if (space == nullptr) return checks.done();
    BackendReport report;
    for (unsigned backend = 0; backend < arena.backends; ++backend) {
        const std::uint32_t slot = arena.records[backend].slot.load_acquire();
        if (slot == 0 || !space->report(slot - 1, report)) continue;
        checks.expect(Check::slot_empty_at_rest, backend, kNobody, 0,
                      report.held_count + static_cast<std::uint64_t>(report.waiting));
    }
    return checks.done();
}

}  // namespace lwlock::torture
