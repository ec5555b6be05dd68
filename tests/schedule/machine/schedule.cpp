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
    memory_.restart(backends_);
    places_.restart();
    for (const Places::Word& word : places_.words()) {
        const std::uint64_t initial = memory_.initial(word.location);
        std::memcpy(const_cast<void*>(word.address), &initial, word.size);
    }
    subject_->restart();
    const std::span<std::byte> data = subject_->thread_local_data();
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
        subject_->enter(i);
        thread.local_data.assign(data.begin(), data.end());
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
    if (loaded_ != current_) {
        const std::span<std::byte> data = subject_->thread_local_data();
        if (loaded_ != kMaxBackends) {
            std::memcpy(threads_[loaded_].local_data.data(), data.data(), data.size());
        }
        std::memcpy(data.data(), thread.local_data.data(), data.size());
        loaded_ = current_;
    }
    thread.stack_hash = 0;
    running_ = this;
    Fiber::change(searcher_, thread.fiber);
    running_ = nullptr;
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
        add(Option::Kind::stray_wake, sleeper.backend, Cost::interference);
        add(Option::Kind::signal, sleeper.backend, Cost::interference);
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
        const char* wrong = status == Status::asleep ? subject_->may_sleep(i) : nullptr;
        if (wrong == nullptr && sleepers_.next_deadline() == INT64_MAX) {
            wrong = "waits for ever: everybody has finished or sleeps";
        }
        if (wrong != nullptr) end(Outcome::Kind::failed, 'b' + std::to_string(i) + ": " + wrong);
    }
}

std::int64_t Machine::deadline_of(std::size_t backend) const {
    for (const Sleeper& sleeper : sleepers_.all()) {
        if (sleeper.backend == backend) return sleeper.deadline;
    }
    return INT64_MAX;
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
    if (trace_ != nullptr) {
        trace_->add({steps_,
                     -1,
                     {nullptr, 0},
                     (stray ? "stray wake of b" : "signal for b") + std::to_string(option.number)});
    }
    Sleeper sleeper{};
    sleeper.backend = option.number;
    sleepers_.take(sleeper.backend);
    if (stray) ++threads_[option.number].stray_wakes;
    wake(sleeper, stray ? atomics::FutexResult::woken : atomics::FutexResult::interrupted);
}

void Machine::tick() {
    now_ = sleepers_.next_deadline();
    if (trace_ != nullptr) {
        trace_->add({steps_, -1, {nullptr, 0}, "time goes on to " + std::to_string(now_) + " ns"});
    }
    for (std::size_t i = 0; i < sleepers_.all().size();) {
        const Sleeper sleeper = sleepers_.all()[i];
        if (sleeper.deadline <= now_) {
            sleepers_.take(sleeper.backend);
            wake(sleeper, atomics::FutexResult::timed_out);
        } else {
            ++i;
        }
    }
}

void Machine::wake(const Sleeper& sleeper, atomics::FutexResult result) {
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
    if (thread.stack_hash == 0) {
        const std::byte* const data =
            loaded_ == backend ? subject_->thread_local_data().data() : thread.local_data.data();
        thread.stack_hash = mix_words(thread.fiber.stack_hash(), data, thread.local_data.size());
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
        hash = mix(hash, sleeper.backend);
        hash = mix(hash, static_cast<std::uint64_t>(sleeper.deadline));
    }
    if (by_history) return mix(hash, memory_.hash_of_histories());
    return mix(mix(hash, memory_.hash_of_newest()), subject_->state_hash());
}

}  // namespace lwlock::tests::schedule
