#include "bench/buffer_mapping/expected_misses.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "bench/buffer_mapping/run.hpp"

namespace lwlock::bench {
namespace {

struct TagHash {
    std::size_t operator()(const BufferTag& tag) const { return hash_of(tag); }
};

/// Pages in a pool, with PostgreSQL's clock sweep, for one backend.
class Model {
  public:
    explicit Model(std::uint32_t pool) : uses_(pool), pages_(pool) { buffers_.reserve(pool); }

    std::uint64_t evictions() const { return evictions_; }

    /// \return whether the page was there; it is afterwards
    bool look_up(const BufferTag& page) {
        const auto found = buffers_.find(page);
        if (found != buffers_.end()) {
            std::uint8_t& uses = uses_[found->second];
            if (uses < kMostUses) ++uses;
            return true;
        }
        const std::uint32_t victim = sweep();
        if (victim < used_) {
            buffers_.erase(pages_[victim]);
            ++evictions_;
        } else {
            ++used_;  // the hand comes to unused buffers in their order
        }
        pages_[victim] = page;
        uses_[victim] = 1;
        buffers_.emplace(page, victim);
        return false;
    }

  private:
    static constexpr std::uint8_t kMostUses = 5;

    std::uint32_t sweep() {
        for (;;) {
            const std::uint32_t buffer = hand_;
            hand_ = (hand_ + 1) % static_cast<std::uint32_t>(uses_.size());
            if (uses_[buffer] == 0) return buffer;
            --uses_[buffer];
        }
    }

    std::vector<std::uint8_t> uses_;
    std::vector<BufferTag> pages_;
    std::unordered_map<BufferTag, std::uint32_t, TagHash> buffers_;
    std::uint32_t hand_ = 0;
    std::uint32_t used_ = 0;
    std::uint64_t evictions_ = 0;
};

/// Misses when the backends take turns of `turn` lookups each, one after the other.
std::uint64_t misses_in_turns(const RunPlan& plan, std::uint64_t turn, Model& model) {
    const std::uint64_t share = plan.share();
    std::uint64_t misses = 0;
    for (std::uint64_t first = 0; first < share; first += turn) {
        const std::uint64_t last = std::min(first + turn, share);
        for (unsigned backend = 0; backend < plan.backends; ++backend) {
            std::uint64_t at = (first_access(plan, backend) + first) % plan.trace.size();
            for (std::uint64_t done = first; done < last; ++done) {
                misses += model.look_up(tag_of(plan.trace[at])) ? 0 : 1;
                if (++at == plan.trace.size()) at = 0;
            }
        }
    }
    return misses;
}

MissRange range_of(const RunPlan& plan) {
    MissRange range{UINT64_MAX, 0};
    // A hundred thousand are what a backend does in a time slice, and a million in several.
    const std::uint64_t share = plan.share();
    for (const std::uint64_t turn : {std::uint64_t{1}, std::uint64_t{1'000}, std::uint64_t{100'000},
                                     std::uint64_t{1'000'000}, share}) {
        if (turn > share) continue;
        Model model(plan.shape.pool);
        const std::uint64_t misses = misses_in_turns(plan, turn, model);
        range.fewest = std::min(range.fewest, misses);
        range.most = std::max(range.most, misses);
        if (model.evictions() == 0) return range;  // no order has any
    }
    range.fewest -= range.fewest / 10;
    range.most += range.most / 10;
    return range;
}

}  // namespace

void ExpectedMisses::check(const RunPlan& plan, const LookupCounts& counts) {
    if (!range_) range_ = range_of(plan);
    const std::uint64_t concurrency = counts.collisions + counts.retries;
    if (counts.misses + concurrency >= range_->fewest &&
        counts.misses <= range_->most + concurrency) {
        return;
    }
    const auto lookups = static_cast<double>(counts.hits + counts.misses);
    const auto ratio = [&](double misses) { return 1 - misses / lookups; };
    char line[256];
    std::snprintf(
        line, sizeof line,
        "the hit ratio is %.6f; the same lookups without concurrency have %.6f to %.6f, "
        "which collisions and retries may change by %.6f",
        ratio(static_cast<double>(counts.misses)), ratio(static_cast<double>(range_->most)),
        ratio(static_cast<double>(range_->fewest)), static_cast<double>(concurrency) / lookups);
    throw std::runtime_error(line);
}

}  // namespace lwlock::bench
