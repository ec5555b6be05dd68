#include "tests/schedule/machine/places.hpp"

namespace lwlock::tests::schedule {

void Places::clear() {
    buckets_.fill(0);
    shared_.clear();
    ranges_.clear();
    freed_.clear();
}

void Places::add_shared(const void* address, unsigned size, LocationId location) {
    shared_.push_back({address, size, location});
    std::size_t bucket = bucket_of(address);
    while (buckets_[bucket] != 0) bucket = (bucket + 1) % buckets_.size();
    buckets_[bucket] = static_cast<std::uint8_t>(shared_.size());
}

Place Places::find(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (const Range& range : freed_) {
        if (at >= range.begin && at < range.end) return range.place;
    }
    for (std::size_t bucket = bucket_of(address); buckets_[bucket] != 0;
         bucket = (bucket + 1) % buckets_.size()) {
        const Shared& shared = shared_[buckets_[bucket] - 1u];
        if (shared.address == address) return {Place::Kind::shared, shared.location, 0};
    }
    for (const Range& range : ranges_) {
        if (at >= range.begin && at < range.end) return range.place;
    }
    return {};
}

}  // namespace lwlock::tests::schedule
