/// \file
/// The reference: who holds which lock how, and what each operation shall
/// answer. For one thread, without the memory layout of the real thing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lwlock/status.hpp"

namespace lwlock::tests::fuzz {

inline constexpr std::size_t kModelLocks = 6;
inline constexpr std::size_t kModelVariables = 3;

class Model {
  public:
    struct Hold {
        std::size_t lock;
        Mode mode;
        friend bool operator==(const Hold&, const Hold&) = default;
    };

    /// What an acquisition would answer; nothing when it would have to wait.
    std::optional<Status> immediate(std::size_t lock, Mode mode) const;
    /// Its answer with a deadline.
    Status timed(std::size_t lock, Mode mode) const {
        return immediate(lock, mode).value_or(Status::timed_out);
    }
    void take(std::size_t lock, Mode mode);

    /// The youngest hold of a lock.
    std::optional<Hold> held(std::size_t lock) const;
    bool held_in_mode(std::size_t lock, Mode mode) const;
    Status release(std::size_t lock);
    Status release_exclusive(std::size_t lock) const;  ///< what release_clear_var() answers
    void release_all();
    std::optional<Mode> disown(std::size_t lock);
    /// Nothing when no check could tell this misuse from a right use: a holding
    /// of the backend itself would be taken for the disowned one.
    std::optional<Status> release_disowned(std::size_t lock, Mode mode);

    const std::vector<Hold>& holds() const { return holds_; }
    std::uint32_t shared_count(std::size_t lock) const;
    bool is_exclusive(std::size_t lock) const;
    bool is_disowned_exclusive(std::size_t lock) const { return locks_[lock].disowned_exclusive; }
    std::uint32_t disowned_shared(std::size_t lock) const { return locks_[lock].disowned_shared; }

    std::array<std::uint64_t, kModelVariables> variables{};
    bool cancel_pending = false;

  private:
    struct Disowned {
        std::uint32_t disowned_shared = 0;
        bool disowned_exclusive = false;
    };

    void drop(std::size_t lock);

    std::array<Disowned, kModelLocks> locks_{};
    std::vector<Hold> holds_;  // oldest first
};

}  // namespace lwlock::tests::fuzz
