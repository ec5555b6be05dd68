#include "tests/schedule/machine/memory.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lwlock::tests::schedule {

LocationId Memory::add(std::string name, std::uint64_t initial) {
    if (locations_.size() == kMaxLocations) throw std::length_error("too many shared locations");
    Location location;
    location.name = std::move(name);
    location.initial = initial;
    locations_.push_back(std::move(location));
    return static_cast<LocationId>(locations_.size() - 1);
}

LocationId Memory::add_plain(std::string name, LocationId first_clock) {
    const LocationId id = add(std::move(name), 0);
    locations_[id].plain = true;
    plain_.push_back(id);
    first_clock_ = first_clock;
    return id;
}

LocationId Memory::add_guarded(std::string name) {
    const LocationId id = add(std::move(name), 0);
    guarded_.push_back(id);
    return id;
}

void Memory::restart(std::size_t backends) {
    for (Location& location : locations_) {
        location.messages.resize(1);
        location.messages[0] = {.value = location.initial, .hash = 0, .view = {}};
        location.sequential = 0;
        location.bucket = 0;
        location.touches = 0;
        location.plain_reads = {};
        location.loaded = {};
    }
    views_.assign(backends, View{});
    gained_.assign(backends, View{});
}

std::size_t Memory::readable(std::size_t backend, LocationId id, Order order) const {
    const Location& location = locations_[id];
    std::uint16_t oldest = views_[backend][id];
    if (order == Order::seq_cst) oldest = std::max(oldest, location.sequential);
    return location.messages.size() - oldest;
}

std::uint64_t Memory::peek(LocationId id, std::size_t age) const {
    const Location& location = locations_[id];
    return location.messages[location.messages.size() - 1 - age].value;
}

Hash Memory::message_hash(LocationId id, std::size_t age) const {
    const Location& location = locations_[id];
    return location.messages[location.messages.size() - 1 - age].hash;
}

std::uint64_t Memory::load(std::size_t backend, LocationId id, std::size_t age, Order order) {
    Location& location = locations_[id];
    const auto index = static_cast<std::uint16_t>(last(location) - age);
    const Message& message = location.messages[index];
    View& view = views_[backend];
    view.raise(id, index);
    if (acquires(order)) view.join(message.view);
    if (order == Order::seq_cst) location.sequential = std::max(location.sequential, index);
    location.loaded[backend] = message.value;
    return message.value;
}

std::uint16_t Memory::append(Location& location, std::uint64_t value) {
    if (location.messages.size() > UINT16_MAX) throw std::length_error("too many writes");
    location.messages.emplace_back();
    location.messages.back().value = value;
    return last(location);
}

void Memory::store(std::size_t backend, LocationId id, std::uint64_t value, Order order) {
    Location& location = locations_[id];
    const std::uint16_t index = append(location, value);
    View& view = views_[backend];
    view.raise(id, index);
    Message& message = location.messages.back();
    message.view.raise(id, index);
    message.stored_by = static_cast<std::uint8_t>(backend);
    if (releases(order)) message.view.join(view);
    // A store continues the release of the store before it if both are of one
    // backend: so in C++17 and in all processors, though not in C++20.
    const Message& before = location.messages[index - 1u];
    if (before.stored_by == backend) message.view.join(before.view);
    if (order == Order::seq_cst) location.sequential = index;
}

void Memory::modify(std::size_t backend, LocationId id, std::uint64_t value, Order order) {
    load(backend, id, 0, order);
    Location& location = locations_[id];
    // A release sequence goes on through read-modify-writes of any order.
    const View before = location.messages.back().view;
    store(backend, id, value, order);
    location.messages.back().view.join(before);
    location.messages.back().stored_by = UINT8_MAX;
}

const char* Memory::read_plain(std::size_t backend, LocationId id) {
    const bool seen = views_[backend][id] == last(locations_[id]);
    return seen ? nullptr : "reads data whose last write does not happen before (data race)";
}

void Memory::note_plain_read(std::size_t backend, LocationId id) {
    Location& location = locations_[id];
    const auto clock = static_cast<LocationId>(first_clock_ + backend);
    // A backend's clock counts its reads of plain data; only views look at it.
    const auto next = static_cast<std::uint16_t>(views_[backend][clock] + 1);
    views_[backend].raise(clock, next);
    location.plain_reads[backend] = next;
}

const char* Memory::write_plain(std::size_t backend, LocationId id, std::uint64_t value) {
    Location& location = locations_[id];
    if (views_[backend][id] != last(location)) {
        return "overwrites data whose last write does not happen before (data race)";
    }
    for (std::size_t reader = 0; reader < views_.size(); ++reader) {
        const auto clock = static_cast<LocationId>(first_clock_ + reader);
        if (reader != backend && location.plain_reads[reader] > views_[backend][clock]) {
            return "overwrites data while a read does not happen before (data race)";
        }
    }
    views_[backend].raise(id, append(location, value));
    return nullptr;
}

const char* Memory::touch(std::size_t backend, LocationId id) {
    Location& location = locations_[id];
    if (views_[backend][id] != location.touches) {
        return "accesses guarded data while another's access does not happen before (data race)";
    }
    if (location.touches == UINT16_MAX) throw std::length_error("too many accesses");
    views_[backend].raise(id, ++location.touches);
    return nullptr;
}

std::uint16_t Memory::join_bucket(std::size_t backend, LocationId id) {
    Location& location = locations_[id];
    View& view = views_[backend];
    view.raise(id, location.bucket);
    location.bucket = view[id];
    return location.bucket;
}

Hash Memory::hash_of_histories() const {
    Hash hash = 0;
    for (const Location& location : locations_) {
        hash = mix(hash, location.messages.back().hash);
        hash = mix(hash, location.sequential * 65536u + location.bucket);
    }
    return hash;
}

std::uint64_t Memory::data_seen(const View& view) const {
    std::uint64_t seen = 0;
    for (const LocationId id : plain_) {
        const Location& location = locations_[id];
        seen = seen << 1 | (view[id] == last(location) ? 1 : 0);
        for (std::size_t reader = 0; reader < views_.size(); ++reader) {
            const auto clock = static_cast<LocationId>(first_clock_ + reader);
            seen = seen << 1 | (location.plain_reads[reader] <= view[clock] ? 1 : 0);
        }
    }
    for (const LocationId id : guarded_) {
        seen = seen << 1 | (view[id] == locations_[id].touches ? 1 : 0);
    }
    return seen;
}

Hash Memory::hash_of_newest() const {
    Hash hash = 0;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        hash = mix(mix(hash, data_seen(views_[i])), data_seen(gained_[i]));
    }
    for (std::size_t id = first_clock_ + views_.size(); id < locations_.size(); ++id) {
        const Message& newest = locations_[id].messages.back();
        hash = mix(hash, newest.value);
        if (locations_[id].messages.size() > 1 && !locations_[id].plain) {
            hash = mix(hash, data_seen(newest.view));
        }
    }
    return hash;
}

}  // namespace lwlock::tests::schedule
