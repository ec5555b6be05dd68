/// \file
/// The kinds of futexes: the system's and emulated ones, of one process and
/// shared. Tests of the wrapper run with each.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "atomics/emulated_futex.hpp"
#include "atomics/futex.hpp"
#include "tests/support/shared_block.hpp"

namespace lwlock::tests {

struct FutexKind {
    const char* name;
    atomics::Scope::Kind kind;
    bool emulated;
};

inline const auto kFutexKinds =
    testing::Values(FutexKind{"process", atomics::Scope::Kind::process, false},
                    FutexKind{"shared", atomics::Scope::Kind::shared, false},
                    FutexKind{"process_emulated", atomics::Scope::Kind::process, true},
                    FutexKind{"shared_emulated", atomics::Scope::Kind::shared, true});

inline std::string name_of_kind(const testing::TestParamInfo<FutexKind>& kind) {
    return kind.param.name;
}

/// Two futex words in shared memory, with a table behind them that may serve them.
class FutexWorld {
  public:
    explicit FutexWorld(const FutexKind& kind, std::uint32_t sleepers = kSleepers) : kind_(kind) {
        table().format(sleepers, sizeof(Memory), sizeof(Memory));
        sleepers_ = sleepers;
    }

    atomics::Atomic32& word() { return memory_->word; }
    atomics::Atomic32& other_word() { return memory_->other_word; }
    atomics::Scope scope() {
        if (kind_.emulated) return atomics::Scope::emulated(kind_.kind, table(), sleepers_);
        return kind_.kind == atomics::Scope::Kind::process ? atomics::Scope::process
                                                           : atomics::Scope::shared;
    }

    static constexpr std::uint32_t kSleepers = 16;

  private:
    struct Memory {
        atomics::Atomic32 word;
        atomics::Atomic32 other_word;
        alignas(64) char table[80 * 1024];
    };

    atomics::FutexTable& table() { return *reinterpret_cast<atomics::FutexTable*>(memory_->table); }

    SharedBlock<Memory> memory_;
    FutexKind kind_;
    std::uint32_t sleepers_;
};

}  // namespace lwlock::tests
