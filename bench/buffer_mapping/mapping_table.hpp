/// \file
/// The buffer-mapping table itself: a hash table in shared memory that leads
/// from a page's tag to its buffer. Whoever calls holds the partition's lock.
#pragma once

#include <cstdint>

#include "bench/buffer_mapping/buffer_pool.hpp"
#include "bench/buffer_mapping/buffer_tag.hpp"

namespace lwlock::bench {

/// Number of an entry plus one; 0 ends a chain, so zeroed memory is an empty table.
using EntryLink = std::uint32_t;

/// Each buffer has two: an eviction inserts the new tag before it deletes the old one.
struct MappingEntry {
    BufferTag tag;
    std::uint32_t hash;
    EntryLink next;
};

/// A view of buckets and entries in shared memory; owns nothing. Buckets are a
/// power of two and no fewer than the partitions, so that a chain never crosses
/// from one partition to another.
class MappingTable {
  public:
    MappingTable(EntryLink* buckets, std::uint32_t bucket_count, MappingEntry* entries)
        : buckets_(buckets), mask_(bucket_count - 1), entries_(entries) {}

    std::uint32_t bucket_count() const { return mask_ + 1; }
    EntryLink first(std::uint32_t bucket) const { return buckets_[bucket]; }
    const MappingEntry& at(EntryLink link) const { return entries_[link - 1]; }
    std::uint32_t bucket_of(std::uint32_t hash) const { return hash & mask_; }
    static Buffer buffer_of(EntryLink link) { return (link - 1) / 2; }

    /// The buffer that holds the page, or kNoBuffer. Shared or exclusive lock.
    Buffer find(std::uint32_t hash, const BufferTag& tag) const {
        for (EntryLink link = buckets_[hash & mask_]; link != 0; link = at(link).next) {
            const MappingEntry& entry = at(link);
            if (entry.hash == hash && entry.tag == tag) return buffer_of(link);
        }
        return kNoBuffer;
    }

    /// Inserts under `buffer`'s entry number `which` (0 or 1), unless the page
    /// is in the table: then \return the buffer that holds it, else kNoBuffer.
    /// Exclusive lock.
    Buffer insert(std::uint32_t hash, const BufferTag& tag, Buffer buffer, std::uint32_t which) {
        const Buffer present = find(hash, tag);
        if (present != kNoBuffer) return present;
        const EntryLink link = 2 * buffer + which + 1;
        EntryLink& head = buckets_[hash & mask_];
        entries_[link - 1] = {.tag = tag, .hash = hash, .next = head};
        head = link;
        return kNoBuffer;
    }

    /// \return whether the page was in the table. Exclusive lock.
    bool erase(std::uint32_t hash, const BufferTag& tag) {
        for (EntryLink* link = &buckets_[hash & mask_]; *link != 0;
             link = &entries_[*link - 1].next) {
            const MappingEntry& entry = at(*link);
            if (entry.hash == hash && entry.tag == tag) {
                *link = entry.next;
                return true;
            }
        }
        return false;
    }

  private:
    EntryLink* buckets_;
    std::uint32_t mask_;
    MappingEntry* entries_;
};

}  // namespace lwlock::bench
