// What backends do: the memory and futex half of the machine.

#include <cstring>

#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {
namespace {

using atomics::FutexResult;

const char* name_of(Order order) {
    switch (order) {
        case Order::relaxed: return "relaxed";
        case Order::acquire: return "acquire";
        case Order::release: return "release";
        case Order::acq_rel: return "acq_rel";
        case Order::seq_cst: return "seq_cst";
    }
    return "?";
}

const char* name_of(Rmw operation) {
    switch (operation) {
        case Rmw::exchange: return "exchange";
        case Rmw::add: return "add";
        case Rmw::bit_or: return "or";
        case Rmw::bit_and: return "and";
    }
    return "?";
}

void* writable(const Request& request) { return const_cast<void*>(request.address); }

}  // namespace

// Whether others may go first. Words that one backend alone accesses, and
// counters that nobody reads, make no difference to anybody.
bool Machine::is_step(const Request& request) {
    switch (request.kind) {
        case Request::Kind::load:
        case Request::Kind::store:
        case Request::Kind::modify:
        case Request::Kind::compare_exchange: {
            const Place::Kind kind = places_.find(request.address).kind;
            return kind == Place::Kind::shared || kind == Place::Kind::freed;
        }
        case Request::Kind::futex_wait:
        case Request::Kind::futex_wake:
        case Request::Kind::submit:
        case Request::Kind::revoke:
        case Request::Kind::collect:
        case Request::Kind::heavy_fence:
        case Request::Kind::await: return true;
        default: return false;
    }
}

bool Machine::perform(Request& request) {
    switch (request.kind) {
        case Request::Kind::load: load(request); break;
        case Request::Kind::store: store(request); break;
        case Request::Kind::modify: modify(request); break;
        case Request::Kind::compare_exchange: compare_exchange(request); break;
        case Request::Kind::futex_wait: return futex_wait(request);
        case Request::Kind::futex_wake: futex_wake(request); break;
        case Request::Kind::submit: submit(request); break;
        case Request::Kind::revoke: revoke(request); break;
        case Request::Kind::collect: return collect(request);
        case Request::Kind::nap: fall_asleep(0, request.deadline); return false;
        case Request::Kind::heavy_fence: heavy_fence(request); break;
        case Request::Kind::pause:
            threads_[current_].status = Status::paused;
            threads_[current_].request_over = true;
            return false;
        case Request::Kind::await: await(request); break;
        case Request::Kind::now:
            remember(static_cast<std::uint64_t>(now_));
            request.result = static_cast<std::uint64_t>(now_);
            break;
        case Request::Kind::read_plain:
            if (const char* race = memory_.read_plain(current_, request.location)) {
                fail_current(race);
            }
            memory_.note_plain_read(current_, request.location);
            request.result = memory_.newest(request.location);
            break;
        case Request::Kind::write_plain:
            if (const char* race =
                    memory_.write_plain(current_, request.location, request.operand)) {
                fail_current(race);
            }
            break;
        case Request::Kind::free_memory: free_memory(request); break;
        case Request::Kind::note:
            trace_->add({steps_, static_cast<int>(current_), {nullptr, 0}, *request.text});
            break;
        case Request::Kind::fail: fail_current(*request.text);
        case Request::Kind::done: threads_[current_].status = Status::done; return false;
    }
    return true;
}

Place Machine::place_of(const Request& request, bool loads) {
    const Place place = places_.find(request.address);
    const char* wrong = nullptr;
    switch (place.kind) {
        case Place::Kind::shared: return place;
        case Place::Kind::own:
            if (place.owner == current_) return place;
            wrong = "accesses a word that was thought to be another backend's own";
            break;
        case Place::Kind::unread:
            if (!loads) return place;
            wrong = "loads a word that was thought to be written only";
            break;
        case Place::Kind::constant:
            if (loads) return place;
            wrong = "writes a word that was thought to be constant";
            break;
        case Place::Kind::guarded:
            wrong = memory_.touch(current_, place.location);
            if (wrong == nullptr) return place;
            break;
        case Place::Kind::freed: wrong = "touches the lock's memory after it was freed (I4)"; break;
        case Place::Kind::unknown:
            if (threads_[current_].fiber.owns(request.address)) {
                return {Place::Kind::own, kNoLocation, static_cast<std::uint8_t>(current_)};
            }
            wrong = "accesses a word that the search does not know";
            break;
    }
    if (trace_ != nullptr) record(request, "access to", "");
    fail_current(wrong);
}

void Machine::record(const Request& request, const char* operation, const std::string& detail) {
    const Place place = places_.find(request.address);
    std::string name = "a local word";
    if (place.location != kNoLocation) {
        name = memory_.name(place.location);
    } else if (!threads_[current_].fiber.owns(request.address)) {
        name = subject_->describe_address(request.address);
    }
    trace_->add({steps_, static_cast<int>(current_), request.site,
                 std::string(operation) + ' ' + name + ' ' + detail});
}

// Which of the values that a load may return it does return; 0 is the newest.
std::size_t Machine::choose_age(LocationId location, Order order, const std::uint64_t* not_this) {
    constexpr std::size_t kMost = 8;
    const std::size_t readable = memory_.readable(current_, location, order);
    if (readable == 1) return 0;
    std::size_t count = 0;
    for (std::size_t age = 0; age < readable && count < kMost; ++age) {
        if (age != 0 && not_this != nullptr && memory_.peek(location, age) == *not_this) continue;
        options_[count++] = {Option::Kind::value, static_cast<std::uint8_t>(age),
                             age == 0 ? Cost::nothing : Cost::stale};
    }
    if (count == 1) return 0;
    const std::size_t age = options_[chooser_->choose({options_.data(), count})].number;
    if (age != 0) ++threads_[current_].stale_loads;
    return age;
}

// The memory appended a value whose hash is not set yet.
void Machine::remember_write(LocationId location) {
    remember(memory_.message_hash(location, 1));
    memory_.set_history_hash(location, mix(threads_[current_].hash, location));
    for (std::size_t i = 0; i < backends_; ++i) {
        if (threads_[i].status == Status::paused) threads_[i].status = Status::ready;
    }
}

void Machine::wrote(const void* address, std::uint64_t before, std::uint64_t after) {
    const char* const wrong = subject_->after_write({current_, address, before, after});
    if (wrong != nullptr) fail_current(wrong);
}

void Machine::load(Request& request) {
    const Place place = place_of(request, true);
    if (place.kind != Place::Kind::shared) {
        request.result = raw_load(request.address, request.size);
        return;
    }
    const std::size_t age = choose_age(place.location, request.order, nullptr);
    remember(memory_.message_hash(place.location, age));
    request.result = memory_.load(current_, place.location, age, request.order);
    if (trace_ != nullptr) {
        record(request, "load",
               name_of(request.order) + (" -> " + value_text(request.address, request.result)) +
                   (age == 0 ? "" : ", stale by " + std::to_string(age)));
    }
}

void Machine::store(Request& request) {
    const Place place = place_of(request, false);
    if (place.kind == Place::Kind::shared) {
        memory_.store(current_, place.location, request.operand, request.order);
        remember_write(place.location);
    }
    const std::uint64_t before = raw_load(request.address, request.size);
    raw_store(writable(request), request.size, request.operand);
    if (place.kind == Place::Kind::unread) return;
    if (trace_ != nullptr) {
        record(request, "store",
               name_of(request.order) + (" = " + value_text(request.address, request.operand)));
    }
    if (place.kind == Place::Kind::guarded) return;
    wrote(request.address, before, request.operand);
}

void Machine::modify(Request& request) {
    const Place place = place_of(request, false);
    const std::uint64_t before = raw_load(request.address, request.size);
    const std::uint64_t after = result_of(request.rmw, before, request.operand, request.size);
    raw_store(writable(request), request.size, after);
    if (place.kind == Place::Kind::unread) return;
    request.result = before;
    if (place.kind == Place::Kind::shared) {
        memory_.modify(current_, place.location, after, request.order);
        remember_write(place.location);
    }
    if (trace_ != nullptr) {
        record(request, name_of(request.rmw),
               name_of(request.order) + (" " + value_text(request.address, before)) + " => " +
                   value_text(request.address, after));
    }
    wrote(request.address, before, after);
}

void Machine::compare_exchange(Request& request) {
    const Place place = place_of(request, true);
    const bool shared = place.kind == Place::Kind::shared;
    std::uint64_t found = raw_load(request.address, request.size);
    request.succeeded = found == request.expected;
    if (!request.succeeded) {
        if (shared) {
            // A failure is a relaxed load, so it may be stale as well.
            const std::size_t age = choose_age(place.location, Order::relaxed, &request.expected);
            remember(memory_.message_hash(place.location, age));
            found = memory_.load(current_, place.location, age, Order::relaxed);
        }
        if (trace_ != nullptr) {
            record(request, "cas",
                   name_of(request.order) +
                       (" failed: found " + value_text(request.address, found)) + ", expected " +
                       value_text(request.address, request.expected));
        }
        request.expected = found;
        return;
    }
    raw_store(writable(request), request.size, request.operand);
    if (shared) {
        memory_.modify(current_, place.location, request.operand, request.order);
        remember_write(place.location);
    }
    if (trace_ != nullptr) {
        record(request, "cas",
               name_of(request.order) + (" " + value_text(request.address, found)) + " => " +
                   value_text(request.address, request.operand));
    }
    wrote(request.address, found, request.operand);
}

// The look at the word with which a sleep begins.
bool Machine::would_not_sleep(const Request& request, FutexResult& result) {
    const Place place = place_of(request, true);
    if (place.kind != Place::Kind::shared) fail_current("sleeps on a word that is not shared");
    remember(memory_.join_bucket(current_, place.location));
    // The kernel's look at the word is a load after a fence (K7 in docs/memory-ordering.md).
    const std::size_t age = choose_age(place.location, Order::seq_cst, nullptr);
    remember(memory_.message_hash(place.location, age));
    const std::uint64_t found = memory_.load(current_, place.location, age, Order::relaxed);
    result = found != request.operand ? FutexResult::stale : FutexResult::timed_out;
    return found != request.operand || request.deadline <= now_;
}

bool Machine::futex_wait(Request& request) {
    FutexResult result{};
    if (would_not_sleep(request, result)) {
        finish_futex_wait(request, result);
        return true;
    }
    if (trace_ != nullptr) {
        record(request, "futex_wait",
               "sleeps at " + std::to_string(request.operand) + " as " +
                   subject_->describe_bitset(request.bitset));
    }
    fall_asleep(request.bitset, request.deadline);
    return false;
}

void Machine::fall_asleep(std::uint32_t bitset, std::int64_t deadline) {
    Thread& self = threads_[current_];
    const void* const word = self.request->address;
    const auto self_id = static_cast<std::uint8_t>(current_);
    sleepers_.add({self_id, self_id, word, bitset, deadline});
    self.status = Status::asleep;
    if (self.emulated == nullptr) self.slept_at = now_;
}

void Machine::finish_futex_wait(const Request& request, FutexResult result) {
    threads_[current_].result = result;
    remember(static_cast<std::uint64_t>(result));
    threads_[current_].request->result = static_cast<std::uint64_t>(result);
    if (trace_ != nullptr) {
        static constexpr const char* kNames[] = {"woken", "stale", "interrupted", "timed out"};
        record(request, "futex_wait",
               std::string("returns ") + kNames[static_cast<std::size_t>(result)]);
    }
}

void Machine::futex_wake(Request& request) {
    const Place place = places_.find(request.address);
    std::uint32_t woken = 0;
    if (place.kind == Place::Kind::shared) {
        remember(memory_.join_bucket(current_, place.location));
        Sleeper sleeper{};
        while (woken < request.count &&
               sleepers_.take_first(request.address, request.bitset, sleeper)) {
            hand_on(sleeper);
            wake(sleeper, FutexResult::woken);
            remember(sleeper.id);
            ++woken;
        }
    } else if (place.kind != Place::Kind::freed) {
        fail_current("wakes on a word that is not shared");
    }
    remember(woken);
    request.result = woken;
    if (trace_ != nullptr) {
        record(request, "futex_wake",
               subject_->describe_bitset(request.bitset) + ": woke " + std::to_string(woken) +
                   (place.kind == Place::Kind::freed ? ", the memory is gone" : ""));
    }
}

void Machine::heavy_fence(const Request& request) {
    const std::size_t reached = request.operand;
    memory_.reach(current_, reached);
    Hash& hash = threads_[reached].hash;
    const Hash before = hash;
    hash = mix(hash, threads_[current_].hash);
    remember(before);
    if (request.count == 0) memory_.end_of_fence(current_);
    if (trace_ != nullptr) {
        trace_->add({steps_, static_cast<int>(current_), request.site,
                     "heavy fence reaches b" + std::to_string(reached)});
    }
}

void Machine::await(const Request& request) {
    const Place place = place_of(request, true);
    remember(memory_.message_hash(place.location, 0));
    memory_.load(current_, place.location, 0, Order::acquire);
}

void Machine::free_memory(const Request& request) {
    const auto begin = reinterpret_cast<std::uintptr_t>(request.address);
    for (const Sleeper& sleeper : sleepers_.all()) {
        const bool submitted = sleeper.id >= kMaxBackends;
        const auto word = reinterpret_cast<std::uintptr_t>(
            submitted ? sleeper.word : sleep_of(sleeper.backend).word);
        if (word >= begin && word < begin + request.operand) {
            fail_current("frees a lock that b" + std::to_string(sleeper.backend) + " sleeps on");
        }
    }
    if (trace_ != nullptr) {
        trace_->add({steps_, static_cast<int>(current_), {nullptr, 0}, "frees the lock's memory"});
    }
    places_.free(request.address, request.operand);
}

}  // namespace lwlock::tests::schedule
