#include "tests/schedule/machine/places.hpp"

#include <stdexcept>

namespace lwlock::tests::schedule {

void Places::clear() {
    buckets_.fill(0);
    words_.clear();
    ranges_.clear();
    freed_.clear();
}

void Places::add_word(const void* address, unsigned size, Place::Kind kind, LocationId location) {
    if (words_.size() == UINT8_MAX) throw std::length_error("too many shared and guarded words");
    words_.push_back({address, size, kind, location});
    std::size_t bucket = bucket_of(address);
    while (buckets_[bucket] != 0) bucket = (bucket + 1) % buckets_.size();
    buckets_[bucket] = static_cast<std::uint8_t>(words_.size());
}

Place Places::find(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (const Range& range : freed_) {
        if (at >= range.begin && at < range.end) return range.place;
    }
    for (std::size_t bucket = bucket_of(address); buckets_[bucket] != 0;
         bucket = (bucket + 1) % buckets_.size()) {
        const Word& word = words_[buckets_[bucket] - 1u];
        if (word.address == address) return {word.kind, word.location, 0};
    }
    for (const Range& range : ranges_) {
        if (at >= range.begin && at < range.end) return range.place;
    }
    return {};
}

}  // namespace lwlock::tests::schedule
