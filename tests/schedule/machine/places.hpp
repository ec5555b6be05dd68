/// \file
/// What the machine knows about addresses: which words backends share, and
/// which only look like it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/schedule/machine/memory.hpp"

namespace lwlock::tests::schedule {

struct Place {
    enum class Kind : std::uint8_t {
        unknown,
        shared,    ///< a location of the memory; its accesses are scheduling points
        own,       ///< accessed by one backend only: commutes with all that others do
        unread,    ///< written by several, never loaded: statistics
        constant,  ///< never written while a schedule runs
        guarded,   ///< a location that is accessed under a lock: races are found, nothing else
        freed,     ///< nobody may access it any more
    };
    Kind kind = Kind::unknown;
    LocationId location = kNoLocation;
    std::uint8_t owner = 0;
};

class Places {
  public:
    void clear();
    void add_shared(const void* address, unsigned size, LocationId location) {
        add_word(address, size, Place::Kind::shared, location);
    }
    /// Several words may be one location.
    void add_guarded(const void* address, unsigned size, LocationId location) {
        add_word(address, size, Place::Kind::guarded, location);
    }
    void add_own(const void* begin, std::size_t bytes, std::size_t owner) {
        add_range(begin, bytes, {Place::Kind::own, kNoLocation, static_cast<std::uint8_t>(owner)});
    }
    void add_unread(const void* begin, std::size_t bytes) {
        add_range(begin, bytes, {Place::Kind::unread, kNoLocation, 0});
    }
    void add_constant(const void* begin, std::size_t bytes) {
        add_range(begin, bytes, {Place::Kind::constant, kNoLocation, 0});
    }

    /// \name Freed memory; forgotten by restart()
    /// \{
    void restart() { freed_.clear(); }
    void free(const void* begin, std::size_t bytes) {
        const auto at = reinterpret_cast<std::uintptr_t>(begin);
        freed_.push_back({at, at + bytes, {Place::Kind::freed, kNoLocation, 0}});
    }
    /// \}

    /// Of overlapping ranges, the one added first.
    Place find(const void* address) const;

    /// A shared or guarded word.
    struct Word {
        const void* address = nullptr;
        unsigned size = 0;
        Place::Kind kind = Place::Kind::shared;
        LocationId location = kNoLocation;
    };
    const std::vector<Word>& words() const { return words_; }

  private:
    struct Range {
        std::uintptr_t begin;
        std::uintptr_t end;
        Place place;
    };

    void add_word(const void* address, unsigned size, Place::Kind kind, LocationId location);
    void add_range(const void* begin, std::size_t bytes, Place place) {
        const auto at = reinterpret_cast<std::uintptr_t>(begin);
        ranges_.push_back({at, at + bytes, place});
    }
    static std::size_t bucket_of(const void* address) {
        return reinterpret_cast<std::uintptr_t>(address) / 4 * 0x9e3779b97f4a7c15 >> 55;
    }

    std::array<std::uint8_t, 512> buckets_{};  ///< index in words_ + 1
    std::vector<Word> words_;
    std::vector<Range> ranges_;
    std::vector<Range> freed_;
};

}  // namespace lwlock::tests::schedule
