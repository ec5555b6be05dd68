/// \file
/// Weak memory by views: every location keeps all values written to it, in
/// modification order, and every backend knows how far it has seen each.
///
/// A load may return any value that its backend has not seen superseded. What a
/// backend has seen grows by its own accesses and, through acquire loads of
/// release stores, by what the storing backend had seen. docs/testing.md says
/// which behaviours of C++ this covers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/schedule/machine/hash.hpp"
#include "tests/schedule/seam/access.hpp"

namespace lwlock::tests::schedule {

using LocationId = std::uint8_t;
inline constexpr std::size_t kMaxLocations = 96;
inline constexpr LocationId kNoLocation = UINT8_MAX;

/// For each location, how many of its values have been seen superseded.
class View {
  public:
    std::uint16_t operator[](LocationId location) const { return seen_[location]; }
    void raise(LocationId location, std::uint16_t index) {
        if (seen_[location] < index) seen_[location] = index;
    }
    void join(const View& other) {
        for (std::size_t i = 0; i < kMaxLocations; ++i) {
            if (seen_[i] < other.seen_[i]) seen_[i] = other.seen_[i];
        }
    }

  private:
    std::array<std::uint16_t, kMaxLocations> seen_{};
};

class Memory {
  public:
    /// Forgets all locations.
    void clear() {
        locations_.clear();
        plain_.clear();
        guarded_.clear();
    }
    LocationId add(std::string name, std::uint64_t initial);
    /// Data without atomic accesses; `first_clock` is a location for each backend.
    LocationId add_plain(std::string name, LocationId first_clock);
    /// Data that only one backend at a time may access; it keeps no values here.
    LocationId add_guarded(std::string name);
    /// Back to the initial values, with nothing seen.
    void restart(std::size_t backends);

    const std::string& name(LocationId location) const { return locations_[location].name; }
    std::uint64_t initial(LocationId location) const { return locations_[location].initial; }
    std::uint64_t newest(LocationId location) const {
        return locations_[location].messages.back().value;
    }
    std::size_t size() const { return locations_.size(); }

    /// How many values a load may return. Number 0 is the newest, then older ones.
    std::size_t readable(std::size_t backend, LocationId location, Order order) const;
    std::uint64_t peek(LocationId location, std::size_t age) const;

    std::uint64_t load(std::size_t backend, LocationId location, std::size_t age, Order order);
    /// What the backend's last load of the location returned.
    std::uint64_t last_loaded(std::size_t backend, LocationId location) const {
        return locations_[location].loaded[backend];
    }
    void store(std::size_t backend, LocationId location, std::uint64_t value, Order order);
    /// The newest value is replaced.
    void modify(std::size_t backend, LocationId location, std::uint64_t value, Order order);

    /// \name Plain data that the lock protects
    /// Each returns null, or the race that it is.
    /// \{
    const char* read_plain(std::size_t backend, LocationId location);
    const char* write_plain(std::size_t backend, LocationId location, std::uint64_t value);
    void note_plain_read(std::size_t backend, LocationId location);
    /// \}

    /// An access of guarded data, reading or writing.
    /// \return null, or the race that it is
    const char* touch(std::size_t backend, LocationId location);

    /// Identity of the value that a load of this age returns, and of the whole
    /// history: what equals, has been written by the same steps.
    Hash message_hash(LocationId location, std::size_t age) const;
    Hash history_hash(LocationId location) const { return message_hash(location, 0); }
    void set_history_hash(LocationId location, Hash hash) {
        locations_[location].messages.back().hash = hash;
    }

    /// \name The order that the kernel gives to calls on one futex word
    /// \{
    /// \return the newest value, counted from the first, that any caller had seen.
    std::uint16_t join_bucket(std::size_t backend, LocationId location);
    /// What the waker has seen, the woken one sees (K2 in docs/memory-ordering.md).
    void hand_on(std::size_t waker, std::size_t woken) { views_[woken].join(views_[waker]); }
    /// In two steps, for a sleep that is over before its backend learns of it.
    void hand_on(std::size_t waker, View& to) const { to.join(views_[waker]); }
    void gain(std::size_t backend, const View& from) { views_[backend].join(from); }
    /// \}

    /// \name A fence that one backend has all others execute (membarrier)
    /// \{
    /// The fence of `reached`: what `caller` has done is seen from here on, what
    /// `reached` has done is seen by `caller` at the end.
    void reach(std::size_t caller, std::size_t reached) {
        gained_[caller].join(views_[reached]);
        views_[reached].join(views_[caller]);
    }
    void end_of_fence(std::size_t caller) {
        views_[caller].join(gained_[caller]);
        gained_[caller] = {};
    }
    /// \}

    /// \name What the future depends on
    /// \{
    /// The histories of all locations: for any future.
    Hash hash_of_histories() const;
    /// The newest values, and who has seen which use of plain and guarded data: for a
    /// future in which every load returns the newest value.
    Hash hash_of_newest() const;
    /// Which use of plain and guarded data a view has seen.
    std::uint64_t data_seen(const View& view) const;
    /// \}

  private:
    struct Message {
        std::uint64_t value = 0;
        Hash hash = 0;
        View view;
        std::uint8_t stored_by = UINT8_MAX;  ///< the backend; of a modification, none
    };
    struct Location {
        std::string name;
        std::uint64_t initial = 0;
        std::vector<Message> messages;
        std::uint16_t sequential = 0;  ///< newest one that a seq_cst access read or wrote
        std::uint16_t bucket = 0;      ///< newest one that somebody had seen in a futex call
        std::uint16_t touches = 0;     ///< accesses of guarded data
        bool plain = false;
        std::array<std::uint16_t, 8> plain_reads{};
        std::array<std::uint64_t, 8> loaded{};
    };

    std::uint16_t append(Location& location, std::uint64_t value);
    static std::uint16_t last(const Location& location) {
        return static_cast<std::uint16_t>(location.messages.size() - 1);
    }

    std::vector<Location> locations_;
    std::vector<LocationId> plain_;
    std::vector<LocationId> guarded_;
    LocationId first_clock_ = 0;
    std::vector<View> views_;
    std::vector<View> gained_;  ///< by a fence that has not reached everybody yet
};

}  // namespace lwlock::tests::schedule
