/// \file
/// Looking a page up under partition locks, after BufferAlloc() of PostgreSQL
/// 9.5 to 15: the same locks in the same modes and order, the same checks.
///
/// Left out is what takes no buffer-mapping lock: reading the page in, writing
/// a dirty victim out, and ring buffers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bench/buffer_mapping/buffer_pool.hpp"
#include "bench/buffer_mapping/lookup.hpp"
#include "bench/buffer_mapping/mapping_table.hpp"
#include "bench/buffer_mapping/shape.hpp"

#include "bench/implementations/implementation.hpp"

namespace lwlock::bench {

/// The mapping in a world's memory; every backend uses the same one.
template <Implementation I>
class LockedMapping {
  public:
    /// Each lock has two cache lines to itself, as PostgreSQL pads them.
    struct alignas(128) Partition {
        typename I::Lock lock;
    };

    static std::size_t required_bytes(const MappingShape& shape) {
        return kHandBytes + shape.partitions * sizeof(Partition) +
               shape.pool * (sizeof(BufferDescriptor) + 2 * sizeof(MappingEntry)) +
               shape.buckets() * sizeof(EntryLink);
    }

    /// `memory` is zeroed, and required_bytes() long.
    LockedMapping(void* memory, const MappingShape& shape) : LockedMapping(Parts(memory, shape)) {
        for (std::uint32_t number = 0; number <= mask_; ++number) I::init(partitions_[number].lock);
    }

    const BufferPool& pool() const { return pool_; }
    const MappingTable& table() const { return table_; }
    std::uint32_t partitions() const { return mask_ + 1; }
    typename I::Lock& lock(std::uint32_t partition) const { return partitions_[partition].lock; }

    /// Finds the page or makes room for it, and pins its buffer.
    template <bool kObserved>
    Lookup lookup(const BufferTag& tag, MappingSession& session) {
        const std::uint32_t hash = hash_of(tag);
        const std::uint32_t partition = hash & mask_;
        acquire<kObserved>(session, partition, Mode::shared);
        const Buffer present = table_.find(hash, tag);
        if (present != kNoBuffer) pool_.pin(present);
        release(partition, Mode::shared);
        return present != kNoBuffer ? Lookup{present, true}
                                    : bring_in<kObserved>(hash, tag, session);
    }

  private:
    static constexpr std::size_t kHandBytes = 128;

    /// Where the parts lie, the most strictly aligned first.
    struct Parts {
        Parts(void* memory, const MappingShape& of) : shape(of) {
            auto* at = static_cast<std::byte*>(memory);
            partitions = take<Partition>(at, of.partitions);
            hand = reinterpret_cast<atomics::Atomic64*>(at);
            at += kHandBytes;
            descriptors = take<BufferDescriptor>(at, of.pool);
            entries = take<MappingEntry>(at, 2 * std::size_t{of.pool});
            buckets = take<EntryLink>(at, of.buckets());
        }
        template <class T>
        static T* take(std::byte*& at, std::size_t count) {
            T* const first = reinterpret_cast<T*>(at);
            at += count * sizeof(T);
            return first;
        }

        MappingShape shape;
        Partition* partitions;
        atomics::Atomic64* hand;
        BufferDescriptor* descriptors;
        MappingEntry* entries;
        EntryLink* buckets;
    };

    explicit LockedMapping(const Parts& parts)
        : partitions_(parts.partitions),
          mask_(parts.shape.partitions - 1),
          pool_(parts.descriptors, parts.shape.pool, parts.hand),
          table_(parts.buckets, parts.shape.buckets(), parts.entries) {}

    template <bool kObserved>
    void acquire(MappingSession& session, std::uint32_t partition, Mode mode) {
        session.base.template acquire<I, kObserved>(lock(partition), partition, mode);
    }
    void release(std::uint32_t partition, Mode mode) { I::release(lock(partition), mode); }

    /// Two partitions exclusively, the lower number first, so that nobody waits in a ring.
    template <bool kObserved>
    void acquire_both(MappingSession& session, std::uint32_t one, std::uint32_t other) {
        acquire<kObserved>(session, std::min(one, other), Mode::exclusive);
        if (one != other) acquire<kObserved>(session, std::max(one, other), Mode::exclusive);
    }
    void release_both(std::uint32_t one, std::uint32_t other) {
        release(one, Mode::exclusive);
        if (one != other) release(other, Mode::exclusive);
    }

    /// Evicts a page and puts the wanted one in its buffer.
    template <bool kObserved>
    [[gnu::noinline]] Lookup bring_in(std::uint32_t hash, const BufferTag& tag,
                                      MappingSession& session) {
        const std::uint32_t partition = hash & mask_;
        for (;;) {
            const Buffer victim = pool_.pin_victim();
            BufferDescriptor& descriptor = pool_.at(victim);
            // The pin keeps the victim's page in it, so it can be looked at without a lock.
            const BufferTag old_tag = descriptor.tag;
            const bool old_valid = (descriptor.state.load_relaxed() & buffer_state::kTagValid) != 0;
            const std::uint32_t old_hash = old_valid ? hash_of(old_tag) : hash;
            const std::uint32_t old_partition = old_hash & mask_;

            acquire_both<kObserved>(session, partition, old_partition);
            const std::uint32_t entry = 1 - descriptor.entry;
            const Buffer present = table_.insert(hash, tag, victim, entry);
            if (present != kNoBuffer) {
                pool_.unpin(victim);
                pool_.pin(present);
                release_both(partition, old_partition);
                ++session.counts.collisions;
                return {present, true};
            }
            if (pool_.retag(victim, tag)) {
                descriptor.entry = entry;
                if (old_valid) table_.erase(old_hash, old_tag);
                release_both(partition, old_partition);
                return {victim, false};
            }
            // Somebody found and pinned the old page before its partition was locked.
            table_.erase(hash, tag);
            release_both(partition, old_partition);
            pool_.unpin(victim);
            ++session.counts.retries;
        }
    }

    Partition* partitions_;
    std::uint32_t mask_;
    BufferPool pool_;
    MappingTable table_;
};

}  // namespace lwlock::bench
