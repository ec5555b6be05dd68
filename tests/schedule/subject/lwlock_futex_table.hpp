/// \file
/// The table of the emulated futex, as the simulated machine has to know it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "atomics/emulated_futex.hpp"
#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {

class SimulatedFutexTable {
  public:
    using Table = atomics::FutexTable;

    /// `sleepers`: how many are used. `requeued`: sleepers may change their bucket.
    void describe(Machine& machine, Table& table, std::uint32_t sleepers, bool requeued) {
        table_ = &table;
        sleepers_ = sleepers;
        Memory& memory = machine.memory();
        Places& places = machine.places();
        const auto share = [&](const auto& word, std::string label) {
            places.add_shared(word.address(), sizeof word, memory.add(std::move(label), 0));
        };
        const auto guard = [&](std::string label, const auto&... words) {
            const LocationId location = memory.add_guarded(std::move(label));
            (places.add_guarded(words.address(), sizeof words, location), ...);
        };
        for (std::uint32_t i = 0; i < Table::kBuckets; ++i) {
            const Table::Bucket& bucket = table.buckets()[i];
            const std::string of = " of bucket " + std::to_string(i);
            share(bucket.lock, "lock" + of);
            guard("list" + of, bucket.first, bucket.last);
        }
        for (std::uint32_t i = 0; i < sleepers; ++i) {
            const Table::Sleeper& sleeper = table.sleepers()[i];
            const std::string of = " of sleeper " + std::to_string(i);
            share(sleeper.process, "process" + of);
            share(sleeper.semaphore.value(), "semaphore" + of);
            // A waker reads the links of those that it took out after it has left the
            // bucket, when their owners may look whether they are still queued.
            guard("links" + of, sleeper.next, sleeper.previous, sleeper.futex, sleeper.bits);
            guard("queued" + of, sleeper.queued);
            if (requeued) {
                share(sleeper.bucket, "bucket" + of);
            } else {
                guard("bucket" + of, sleeper.bucket);
            }
        }
    }

    /// Everybody has finished: null, or what is wrong.
    const char* check_empty() const {
        for (std::uint32_t i = 0; i < Table::kBuckets; ++i) {
            const Table::Bucket& bucket = table_->buckets()[i];
            if (bucket.lock.load_relaxed() != 0) return "a bucket is locked at the end";
            if (bucket.first.load_relaxed() != 0 || bucket.last.load_relaxed() != 0) {
                return "a list of sleepers is not empty at the end";
            }
        }
        for (std::uint32_t i = 0; i < sleepers_; ++i) {
            const Table::Sleeper& sleeper = table_->sleepers()[i];
            if (sleeper.process.load_relaxed() != 0) return "a sleeper is not free at the end";
            if (sleeper.semaphore.value().load_relaxed() != 0) return "a post is left at the end";
        }
        return nullptr;
    }

    Hash mix_into(Hash hash) const {
        hash = mix_words(hash, table_->buckets(), Table::kBuckets * sizeof(Table::Bucket));
        return mix_words(hash, table_->sleepers(), sleepers_ * sizeof(Table::Sleeper));
    }

  private:
    Table* table_ = nullptr;
    std::uint32_t sleepers_ = 0;
};

}  // namespace lwlock::tests::schedule
