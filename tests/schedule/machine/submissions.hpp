/// \file
/// Sleeps that the kernel makes for a backend that goes on meanwhile, as io_uring
/// does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atomics/futex.hpp"
#include "tests/schedule/machine/hash.hpp"
#include "tests/schedule/machine/memory.hpp"

namespace lwlock::tests::schedule {

struct Submission {
    const void* key = nullptr;  ///< the backend's name for it; null: none
    std::uint8_t backend = 0;
    bool asleep = false;  ///< else it is over, and the backend has not collected it
    atomics::FutexResult result = atomics::FutexResult::woken;
    const void* word = nullptr;
    std::uint64_t expected = 0;
    std::uint32_t bitset = 0;
    std::int64_t since = 0;
    std::int64_t deadline = 0;
    View seen;      ///< of its waker
    Hash hash = 0;  ///< of what its waker had done
};

/// What a backend is told.
struct Completion {
    const void* key;
    atomics::FutexResult result;
};

class Submissions {
  public:
    void clear() { all_.clear(); }
    /// With the number by which at() finds it.
    std::size_t add(const Submission& submission) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (all_[i].key != nullptr) continue;
            all_[i] = submission;
            return i;
        }
        all_.push_back(submission);
        return all_.size() - 1;
    }
    Submission& at(std::size_t number) { return all_[number]; }
    std::size_t size() const { return all_.size(); }
    const std::vector<Submission>& all() const { return all_; }

  private:
    std::vector<Submission> all_;
};

}  // namespace lwlock::tests::schedule
