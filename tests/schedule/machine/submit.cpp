// Sleeps that the kernel makes for a backend: submitted, and collected later.

#include <algorithm>
#include <utility>

#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {

using atomics::FutexResult;

// ---- The backend's side ----

void Machine::submit_sleep(const void* key, const void* word, std::uint32_t expected,
                           std::uint32_t bitset, std::int64_t deadline) {
    Request request{.address = word,
                    .operand = expected,
                    .deadline = deadline,
                    .key = key,
                    .bitset = bitset,
                    .kind = Request::Kind::submit};
    ask(request);
}

void Machine::revoke_sleep(const void* key) {
    Request request{.key = key, .kind = Request::Kind::revoke};
    ask(request);
}

void Machine::collect_sleeps(std::int64_t deadline) {
    Request request{.deadline = deadline, .kind = Request::Kind::collect};
    ask(request);
}

bool Machine::take_completion(Completion& completion) {
    auto& completions = threads_[current_].completions;
    if (completions.empty()) return false;
    completion = completions.front();
    completions.erase(completions.begin());
    return true;
}

// ---- Performing ----

void Machine::submit(const Request& request) {
    FutexResult result{};
    const bool asleep = !would_not_sleep(request, result);
    const std::size_t number = submissions_.add({.key = request.key,
                                                 .backend = static_cast<std::uint8_t>(current_),
                                                 .asleep = asleep,
                                                 .result = result,
                                                 .word = request.address,
                                                 .expected = request.operand,
                                                 .bitset = request.bitset,
                                                 .since = now_,
                                                 .deadline = request.deadline,
                                                 .seen = {},
                                                 .hash = 0});
    if (asleep) {
        sleepers_.add({static_cast<std::uint8_t>(kMaxBackends + number),
                       static_cast<std::uint8_t>(current_), request.address, request.bitset,
                       request.deadline});
    }
    if (trace_ != nullptr) {
        record(request, "submit",
               asleep ? "a sleep at " + std::to_string(request.operand) + " as " +
                            subject_->describe_bitset(request.bitset)
                      : "a sleep that is over at once");
    }
}

void Machine::revoke(const Request& request) {
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
        Submission& submission = submissions_.at(i);
        if (submission.key != request.key || !submission.asleep) continue;
        sleepers_.take(static_cast<std::uint8_t>(kMaxBackends + i));
        submission.asleep = false;
        submission.result = FutexResult::interrupted;
    }
    gather_completions();
}

bool Machine::collect(const Request& request) {
    if (gather_completions() || request.deadline <= now_) return true;
    if (trace_ != nullptr) {
        trace_->add({steps_, static_cast<int>(current_), {nullptr, 0}, "waits for completions"});
    }
    fall_asleep(0, request.deadline);
    return false;
}

// What is over becomes known to the backend, and with it what the wakers had seen.
bool Machine::gather_completions() {
    Thread& self = threads_[current_];
    bool some = false;
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
        Submission& submission = submissions_.at(i);
        if (submission.key == nullptr || submission.backend != current_ || submission.asleep) {
            continue;
        }
        memory_.gain(current_, submission.seen);
        remember(submission.hash);
        remember(i * 8 + static_cast<std::uint64_t>(submission.result));
        self.values = mix(self.values, i * 8 + static_cast<std::uint64_t>(submission.result));
        self.completions.push_back({submission.key, submission.result});
        if (trace_ != nullptr) {
            static constexpr const char* kNames[] = {"woken", "stale", "ended", "timed out"};
            record({.address = submission.word, .kind = Request::Kind::collect}, "collects a sleep",
                   std::string("on it: ") + kNames[static_cast<std::size_t>(submission.result)]);
        }
        submission.key = nullptr;
        some = true;
    }
    return some;
}

// A sleep that was submitted is over; its backend may be waiting for that.
void Machine::complete(const Sleeper& sleeper, FutexResult result) {
    Submission& submission = submissions_.at(sleeper.id - kMaxBackends);
    submission.asleep = false;
    submission.result = result;
    Thread& thread = threads_[sleeper.backend];
    if (thread.status != Status::asleep || thread.request->kind != Request::Kind::collect) return;
    sleepers_.take(sleeper.backend);
    thread.status = Status::ready;
    thread.request_over = true;
}

void Machine::hand_on(const Sleeper& sleeper) {
    Hash* woken = &threads_[sleeper.backend].hash;
    if (sleeper.id < kMaxBackends) {
        memory_.hand_on(current_, std::size_t{sleeper.backend});
    } else {
        Submission& submission = submissions_.at(sleeper.id - kMaxBackends);
        memory_.hand_on(current_, submission.seen);
        woken = &submission.hash;
    }
    *woken = mix(*woken, threads_[current_].hash);
}

// Those that are over, and nobody has been told. Who sleeps is in sleepers_.
Hash Machine::mix_submissions(Hash hash, bool by_history) const {
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
        const Submission& submission = submissions_.all()[i];
        if (submission.key == nullptr || submission.asleep) continue;
        hash = mix(hash, i * 8 + static_cast<std::uint64_t>(submission.result));
        hash = mix(hash, by_history ? submission.hash : memory_.data_seen(submission.seen));
    }
    return hash;
}

}  // namespace lwlock::tests::schedule
