// Who goes on: the scheduling half of the machine.

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {

Machine* Machine::running_ = nullptr;

namespace {
constexpr std::int64_t kStartOfTime = 1'000'000'000;
constexpr std::size_t kMostSteps = 20'000;
}  // namespace

void Machine::describe(Subject& subject, std::size_t backends) {
    subject_ = &subject;
    backends_ = backends;
    places_.clear();
    memory_.clear();
    read_clocks_ = memory_.add("clock", 0);
    for (std::size_t i = 1; i < backends; ++i) memory_.add("clock", 0);
}

LocationId Machine::add_plain(std::string name) {
    return memory_.add_plain(std::move(name), read_clocks_);
}

void Machine::prepare() {
    outcome_ = {};
    steps_ = 0;
    now_ = kStartOfTime;
    entered_ = false;
    current_ = 0;
    loaded_ = kMaxBackends;
    sleepers_.clear();
    submissions_.clear();
    memory_.restart(backends_);
    places_.restart();
    for (const Places::Word& word : places_.words()) {
        const std::uint64_t initial = memory_.initial(word.location);
        std::memcpy(const_cast<void*>(word.address), &initial, word.size);
    }
    subject_->restart();
    for (std::size_t i = 0; i < backends_; ++i) {
        Thread& thread = threads_[i];
        thread.machine = this;
        thread.request = nullptr;
        thread.emulated = nullptr;
        thread.status = Status::ready;
        thread.started = false;
        thread.request_over = false;
        thread.result = atomics::FutexResult::woken;
        thread.hash = mix(0, i + 1);
        thread.stack_hash = 0;
        thread.wakes = 0;
        thread.stale_loads = 0;
        thread.stray_wakes = 0;
        thread.has_other_stacks = subject_->has_other_stacks(i);
        thread.values = 0;
        thread.completions.clear();
        subject_->enter(i);
        thread.local_data.clear();
        for (const std::span<std::byte> piece : subject_->thread_local_data()) {
            thread.local_data.insert(thread.local_data.end(), piece.begin(), piece.end());
        }
        thread.fiber.restart(&Machine::start_backend, &thread);
    }
}

Outcome Machine::run(Chooser& chooser, Trace* trace) {
    chooser_ = &chooser;
    trace_ = trace;
    prepare();
    try {
        go_on_for_ever();
    } catch (const Ended&) {
        outcome_.steps = steps_;
    }
    return std::move(outcome_);
}

void Machine::start_backend(void* argument) {
    Thread& thread = *static_cast<Thread*>(argument);
    Machine& machine = *thread.machine;
    machine.subject_->run(static_cast<std::size_t>(&thread - machine.threads_.data()));
    Request request{.kind = Request::Kind::done};
    machine.ask(request);
}

void Machine::ask(Request& request) {
    Thread& self = threads_[current_];
    self.request = &request;
    Fiber::change(self.fiber, searcher_);
}

// Lets the current backend run up to its next request.
void Machine::resume() {
    Thread& thread = threads_[current_];
    if (loaded_ != current_) exchange_local_data(current_);
    thread.stack_hash = 0;
    if (thread.has_other_stacks && thread.request != nullptr) {
        const Request& request = *thread.request;
        thread.values = mix(mix(thread.values, request.result),
                            request.expected << 1 | (request.succeeded ? 1 : 0));
    }
    running_ = this;
    Fiber::change(searcher_, thread.fiber);
    running_ = nullptr;
}

void Machine::exchange_local_data(std::size_t backend) {
    std::byte* old = loaded_ == kMaxBackends ? nullptr : threads_[loaded_].local_data.data();
    const std::byte* own = threads_[backend].local_data.data();
    for (const std::span<std::byte> piece : subject_->thread_local_data()) {
        if (old != nullptr) {
            old = std::copy(piece.begin(), piece.end(), old);
        }
        // A piece may be empty.
        std::copy_n(own, piece.size(), piece.begin());
        own += piece.size();
    }
    loaded_ = backend;
}

void Machine::go_on_for_ever() {
    for (;;) {
        current_ = pick();
        entered_ = true;
        Thread& thread = threads_[current_];
        if (thread.status == Status::paused) thread.status = Status::ready;
        bool goes_on = true;
        if (!thread.started) {
            thread.started = true;
        } else if (thread.request_over) {
            thread.request_over = false;
            if (thread.request->kind == Request::Kind::futex_wait) {
                finish_futex_wait(*thread.request, thread.result);
            } else if (thread.request->kind == Request::Kind::collect) {
                gather_completions();
            }
        } else {
            goes_on = perform(*thread.request);
        }
        while (goes_on) {
            resume();
            if (is_step(*thread.request)) break;
            goes_on = perform(*thread.request);
        }
    }
}

bool Machine::can_run(std::size_t backend) const {
    const Thread& thread = threads_[backend];
    if (thread.status != Status::ready) return false;
    if (!thread.started || thread.request->kind != Request::Kind::await) return true;
    return memory_.newest(places_.find(thread.request->address).location) != 0;
}

std::size_t Machine::collect_options() {
    std::size_t count = 0;
    const auto add = [&](Option::Kind kind, std::size_t number, Cost cost) {
        options_[count++] = {kind, static_cast<std::uint8_t>(number), cost};
    };
    const bool stays = entered_ && can_run(current_);
    if (stays) add(Option::Kind::run, current_, Cost::nothing);
    const Cost change = stays ? Cost::preemption : Cost::nothing;
    for (std::size_t i = 0; i < backends_; ++i) {
        if (!(stays && i == current_) && can_run(i)) add(Option::Kind::run, i, change);
    }
    if (count == 0) {
        for (std::size_t i = 0; i < backends_; ++i) {
            if (threads_[i].status == Status::paused) add(Option::Kind::run, i, Cost::nothing);
        }
    }
    if (count == 0) check_sleepers();
    if (sleepers_.next_deadline() != INT64_MAX) {
        add(Option::Kind::tick, 0, count == 0 ? Cost::nothing : Cost::tick);
    }
    for (const Sleeper& sleeper : sleepers_.all()) {
        // Signals end no sleep of the kernel's, and strangers' wakes only those on words.
        const bool submitted = sleeper.id >= kMaxBackends;
        if (submitted || threads_[sleeper.backend].request->kind != Request::Kind::collect) {
            add(Option::Kind::stray_wake, sleeper.id, Cost::interference);
        }
        if (!submitted) add(Option::Kind::signal, sleeper.id, Cost::interference);
    }
    return count;
}

// Nobody can run. Time-outs do not excuse a lost wake: whoever sleeps now must
// have a reason. Who naps does not sleep, and may be whom the others wait for.
void Machine::check_sleepers() {
    const auto naps = [](const Thread& thread) {
        return thread.status == Status::asleep && thread.request->kind == Request::Kind::nap;
    };
    if (std::any_of(threads_.begin(), threads_.begin() + backends_, naps)) return;
    for (std::size_t i = 0; i < backends_; ++i) {
        const Status status = threads_[i].status;
        if (status == Status::done) continue;
        const char* wrong = status == Status::asleep ? check_sleeps(i) : nullptr;
        if (wrong == nullptr && sleepers_.next_deadline() == INT64_MAX) {
            wrong = "waits for ever: everybody has finished or sleeps";
        }
        if (wrong != nullptr) end(Outcome::Kind::failed, 'b' + std::to_string(i) + ": " + wrong);
    }
}

// Of one that is asleep itself.
Sleep Machine::sleep_of(std::size_t backend) const {
    const Thread& thread = threads_[backend];
    const Request& request = *(thread.emulated != nullptr ? thread.emulated : thread.request);
    const auto sleeper = std::ranges::find(sleepers_.all(), backend, &Sleeper::id);
    return {.word = request.address,
            .expected = request.operand,
            .bitset = request.bitset,
            .deadline = sleeper->deadline,
            .length = sleeper->deadline - thread.slept_at,
            .submitted = false};
}

// A backend that waits for completions sleeps as often as it has submitted.
const char* Machine::check_sleeps(std::size_t backend) {
    if (threads_[backend].request->kind != Request::Kind::collect) {
        return subject_->may_sleep(backend, sleep_of(backend));
    }
    for (const Submission& submission : submissions_.all()) {
        if (submission.key == nullptr || submission.backend != backend) continue;
        const Sleep sleep{.word = submission.word,
                          .expected = submission.expected,
                          .bitset = submission.bitset,
                          .deadline = submission.deadline,
                          .length = submission.deadline - submission.since,
                          .submitted = true};
        if (const char* wrong = subject_->may_sleep(backend, sleep)) return wrong;
    }
    return nullptr;
}

// Everything that may happen before the next step of a backend, and whose it is.
std::size_t Machine::pick() {
    for (;;) {
        if (++steps_ > kMostSteps) {
            end(Outcome::Kind::failed, "no end after " + std::to_string(kMostSteps) + " steps");
        }
        const std::size_t count = collect_options();
        if (count == 0) {
            const char* const wrong = subject_->at_end();
            if (wrong != nullptr) end(Outcome::Kind::failed, wrong);
            end(Outcome::Kind::finished);
        }
        std::size_t chosen = 0;
        if (count > 1) {
            if (chooser_->wants_states() && !chooser_->worth_going_on(state_hash())) {
                end(Outcome::Kind::cut_short);
            }
            chosen = chooser_->choose({options_.data(), count});
        }
        const Option& option = options_[chosen];
        if (option.kind == Option::Kind::run) return option.number;
        apply(option);
    }
}

void Machine::apply(const Option& option) {
    if (option.kind == Option::Kind::tick) {
        tick();
        return;
    }
    const bool stray = option.kind == Option::Kind::stray_wake;
    const Sleeper sleeper = sleepers_.take(option.number);
    if (trace_ != nullptr) {
        trace_->add(
            {steps_,
             -1,
             {nullptr, 0},
             (stray ? "stray wake of b" : "signal for b") + std::to_string(sleeper.backend)});
    }
    if (stray) ++threads_[sleeper.backend].stray_wakes;
    wake(sleeper, stray ? atomics::FutexResult::woken : atomics::FutexResult::interrupted);
}

void Machine::tick() {
    now_ = sleepers_.next_deadline();
    if (trace_ != nullptr) {
        trace_->add({steps_, -1, {nullptr, 0}, "time goes on to " + std::to_string(now_) + " ns"});
    }
    for (;;) {
        const auto& all = sleepers_.all();
        const auto next =
            std::ranges::find_if(all, [&](const Sleeper& s) { return s.deadline <= now_; });
        if (next == all.end()) break;
        wake(sleepers_.take(next->id), atomics::FutexResult::timed_out);
    }
}

void Machine::wake(const Sleeper& sleeper, atomics::FutexResult result) {
    if (sleeper.id >= kMaxBackends) {
        complete(sleeper, result);
        return;
    }
    Thread& thread = threads_[sleeper.backend];
    thread.status = Status::ready;
    thread.request_over = true;
    thread.result = result;
    if (result == atomics::FutexResult::woken) ++thread.wakes;
}

void Machine::end(Outcome::Kind kind, std::string failure) {
    outcome_.kind = kind;
    outcome_.failure = std::move(failure);
    throw Ended{};
}

void Machine::fail_current(const std::string& what) {
    end(Outcome::Kind::failed, 'b' + std::to_string(current_) + ": " + what);
}

Hash Machine::stack_hash(std::size_t backend) {
    Thread& thread = threads_[backend];
    if (thread.has_other_stacks) return thread.values;
    if (thread.stack_hash == 0) {
        Hash hash = thread.fiber.stack_hash();
        if (loaded_ == backend) {
            for (const std::span<std::byte> piece : subject_->thread_local_data()) {
                hash = mix_words(hash, piece.data(), piece.size());
            }
        } else {
            hash = mix_words(hash, thread.local_data.data(), thread.local_data.size());
        }
        thread.stack_hash = hash;
    }
    return thread.stack_hash;
}

// When loads can still be stale, what backends and locations have been through
// stands for their states. Otherwise the states themselves are compared, which
// many histories lead to.
Hash Machine::state_hash() {
    const bool by_history = chooser_->stale_values_left();
    Hash hash = mix(by_history ? 1 : 0, static_cast<std::uint64_t>(now_));
    hash = mix(hash, current_ * 2 + (entered_ && can_run(current_) ? 1 : 0));
    for (std::size_t i = 0; i < backends_; ++i) {
        const Thread& thread = threads_[i];
        hash = mix(hash, by_history ? thread.hash : stack_hash(i));
        hash = mix(hash, static_cast<std::uint64_t>(thread.status) * 16 +
                             static_cast<std::uint64_t>(thread.result) * 2 +
                             (thread.request_over ? 1 : 0));
    }
    for (const Sleeper& sleeper : sleepers_.all()) {
        hash = mix(hash, sleeper.id * 256u + sleeper.backend);
        hash = mix(hash, static_cast<std::uint64_t>(sleeper.deadline));
    }
    hash = mix_submissions(hash, by_history);
    if (by_history) return mix(hash, memory_.hash_of_histories());
    return mix(mix(hash, memory_.hash_of_newest()), subject_->state_hash());
}

}  // namespace lwlock::tests::schedule
