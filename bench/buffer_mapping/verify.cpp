#include "bench/buffer_mapping/verify.hpp"

#include <stdexcept>

#include <utility>

#include "bench/buffer_mapping/mapping_table.hpp"

namespace lwlock::bench {
namespace {

std::string name_of(const BufferTag& tag) {
    return "page " + std::to_string(tag.relation) + "/" + std::to_string(tag.fork) + "/" +
           std::to_string(tag.block);
}

std::string name_of(Buffer buffer) { return "buffer " + std::to_string(buffer); }

}  // namespace

void TableCheck::fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
}

void TableCheck::entry(const BufferTag& tag, Buffer buffer, Buffer found) {
    if (buffer >= pool_.count()) return fail(name_of(tag) + " leads outside the pool");
    const BufferDescriptor& descriptor = pool_.at(buffer);
    if (found != buffer) return fail(name_of(tag) + " is in the table twice");
    if (seen_[buffer]) return fail(name_of(buffer) + " is in the table twice");
    seen_[buffer] = true;
    if ((descriptor.state.load_acquire() & buffer_state::kTagValid) == 0 || descriptor.tag != tag) {
        fail(name_of(tag) + " leads to " + name_of(buffer) + ", which holds another page");
    }
}

void TableCheck::finish() {
    for (Buffer buffer = 0; buffer < pool_.count() && problem_.empty(); ++buffer) {
        const BufferDescriptor& descriptor = pool_.at(buffer);
        const std::uint32_t state = descriptor.state.load_acquire();
        const bool valid = (state & buffer_state::kTagValid) != 0;
        if (valid && !seen_[buffer]) fail(name_of(descriptor.tag) + " is not in the table");
        if ((state & buffer_state::kPinMask) != 0) fail(name_of(buffer) + " is still pinned");
        if ((state & buffer_state::kLocked) != 0) fail(name_of(buffer) + " is still locked");
    }
    if (!problem_.empty()) throw std::runtime_error("the table is damaged: " + problem_);
}

void check_entries(const MappingTable& table, TableCheck& check) {
    for (std::uint32_t bucket = 0; bucket < table.bucket_count(); ++bucket) {
        std::uint32_t length = 0;
        for (EntryLink link = table.first(bucket); link != 0; link = table.at(link).next) {
            const MappingEntry& entry = table.at(link);
            if (table.bucket_of(entry.hash) != bucket || hash_of(entry.tag) != entry.hash) {
                return check.fail(name_of(entry.tag) + " is in the wrong bucket");
            }
            if (++length > table.bucket_count()) return check.fail("a chain runs in a ring");
            check.entry(entry.tag, MappingTable::buffer_of(link),
                        table.find(entry.hash, entry.tag));
        }
    }
}

}  // namespace lwlock::bench
