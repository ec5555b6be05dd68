// The main job without partition locks: liburcu's lock-free hash table leads
// from tag to buffer. It shows what no lock at all would give. RCU readers must
// share the registry of their process, so the backends are threads here.

#include <urcu/urcu-memb.h>
// After the flavour.
#include <urcu/rculfhash.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/buffer_mapping/run.hpp"
#include "bench/buffer_mapping/verify.hpp"

namespace lwlock::bench {
namespace {

/// An entry of the table. Freed when no reader can come upon it any more.
struct Node {
    cds_lfht_node link;
    rcu_head reclaim;
    BufferTag tag;
    Buffer buffer;
};

Node* node_of(cds_lfht_node* link) { return reinterpret_cast<Node*>(link); }

int has_tag(cds_lfht_node* link, const void* tag) {
    return node_of(link)->tag == *static_cast<const BufferTag*>(tag) ? 1 : 0;
}

void free_node(rcu_head* head) {
    delete reinterpret_cast<Node*>(reinterpret_cast<char*>(head) - offsetof(Node, reclaim));
}

class ReadSection {
  public:
    ReadSection() { urcu_memb_read_lock(); }
    ReadSection(const ReadSection&) = delete;
    ReadSection& operator=(const ReadSection&) = delete;
    ~ReadSection() { urcu_memb_read_unlock(); }
};

class LockFreeMapping {
  public:
    explicit LockFreeMapping(const MappingShape& shape)
        : descriptors_(shape.pool),
          nodes_(shape.pool),
          pool_(descriptors_.data(), shape.pool, &hand_),
          table_(cds_lfht_new_flavor(shape.buckets(), shape.buckets(), shape.buckets(), 0,
                                     &urcu_memb_flavor, nullptr)) {
        if (table_ == nullptr) throw std::runtime_error("cds_lfht_new: no memory");
    }
    LockFreeMapping(const LockFreeMapping&) = delete;
    LockFreeMapping& operator=(const LockFreeMapping&) = delete;
    ~LockFreeMapping() {
        {
            const ReadSection section;
            for_each([&](Node* node) { erase(node); });
        }
        urcu_memb_barrier();
        cds_lfht_destroy(table_, nullptr);
    }

    const BufferPool& pool() const { return pool_; }

    template <bool kObserved>
    Lookup lookup(const BufferTag& tag, MappingSession& session) {
        const std::uint32_t hash = hash_of(tag);
        for (;;) {
            const Buffer present = find(hash, tag);
            if (present == kNoBuffer) break;
            if (pin_if(present, tag)) return {present, true};
            std::this_thread::yield();  // somebody is about to empty or to fill the buffer
        }
        return bring_in(hash, tag, session);
    }

    void show_all(TableCheck& check) {
        const ReadSection section;
        for_each([&](Node* node) {
            check.entry(node->tag, node->buffer, find(hash_of(node->tag), node->tag));
        });
    }

  private:
    template <class Visit>
    void for_each(Visit visit) {
        cds_lfht_iter iterator;
        for (cds_lfht_first(table_, &iterator); cds_lfht_iter_get_node(&iterator) != nullptr;
             cds_lfht_next(table_, &iterator)) {
            visit(node_of(cds_lfht_iter_get_node(&iterator)));
        }
    }

    Buffer find(std::uint32_t hash, const BufferTag& tag) {
        const ReadSection section;
        cds_lfht_iter iterator;
        cds_lfht_lookup(table_, hash, has_tag, &tag, &iterator);
        cds_lfht_node* const link = cds_lfht_iter_get_node(&iterator);
        return link == nullptr ? kNoBuffer : node_of(link)->buffer;
    }

    /// No lock keeps the page in its buffer between finding and pinning it, so
    /// that it is looked at again under the pin.
    bool pin_if(Buffer buffer, const BufferTag& tag) {
        pool_.pin(buffer);
        const BufferDescriptor& descriptor = pool_.at(buffer);
        if ((descriptor.state.load_acquire() & buffer_state::kTagValid) != 0 &&
            descriptor.tag == tag) {
            return true;
        }
        pool_.unpin(buffer);
        return false;
    }

    void erase(Node* node) {
        cds_lfht_del(table_, &node->link);
        urcu_memb_call_rcu(&node->reclaim, free_node);
    }

    /// Takes a pinned victim's page out of it and of the table.
    /// \return false when somebody else has pinned it meanwhile
    bool empty(Buffer victim) {
        const std::uint32_t state = pool_.lock_header(victim);
        const bool alone = (state & buffer_state::kPinMask) == buffer_state::kPin;
        pool_.unlock_header(victim, alone ? state & ~buffer_state::kTagValid : state);
        if (!alone) return false;
        if (nodes_[victim] != nullptr) {
            const ReadSection section;
            erase(nodes_[victim]);
            nodes_[victim] = nullptr;
        }
        return true;
    }

    [[gnu::noinline]] Lookup bring_in(std::uint32_t hash, const BufferTag& tag,
                                      MappingSession& session) {
        for (;;) {
            const Buffer victim = pool_.pin_victim();
            if (!empty(victim)) {
                pool_.unpin(victim);
                ++session.counts.retries;
                continue;
            }
            pool_.at(victim).tag = tag;
            auto node = std::make_unique<Node>();
            node->tag = tag;
            node->buffer = victim;
            const Buffer present = insert(hash, *node);
            if (present == victim) {
                nodes_[victim] = node.release();
                make_valid(victim);
                return {victim, false};
            }
            pool_.unpin(victim);
            ++session.counts.collisions;
            if (pin_if(present, tag)) return {present, true};
        }
    }

    /// \return the buffer that holds the page now
    Buffer insert(std::uint32_t hash, Node& node) {
        const ReadSection section;
        return node_of(cds_lfht_add_unique(table_, hash, has_tag, &node.tag, &node.link))->buffer;
    }

    /// From here on, whoever finds the page may use the buffer. Until then they
    /// pin it in passing, so that the state changes under the header lock.
    void make_valid(Buffer buffer) {
        const std::uint32_t state = pool_.lock_header(buffer);
        pool_.unlock_header(buffer, (state & ~buffer_state::kUseMask) | buffer_state::kUse |
                                        buffer_state::kTagValid);
    }

    std::vector<BufferDescriptor> descriptors_;
    std::vector<Node*> nodes_;  ///< of each buffer, for who evicts alone
    alignas(128) atomics::Atomic64 hand_{};
    BufferPool pool_;
    cds_lfht* table_;
};

}  // namespace

RunResult run_lock_free(const RunPlan& plan) {
    urcu_memb_register_thread();
    struct Registered {
        ~Registered() { urcu_memb_unregister_thread(); }
    } const registered;
    LockFreeMapping mapping(plan.shape);
    const RunResult result =
        run_team(plan, {.arrive = [](unsigned) { urcu_memb_register_thread(); },
                        .replay = replay_of(plan, mapping),
                        .leave = [] { urcu_memb_unregister_thread(); },
                        .describe_locks = {}});
    TableCheck check(mapping.pool());
    mapping.show_all(check);
    check.finish();
    return result;
}

}  // namespace lwlock::bench
