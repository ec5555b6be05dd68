/// \file
/// The locks under torture, whatever implementation they are of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "atomics/deadline.hpp"
#include "lwlock/space.hpp"
#include "lwlock/status.hpp"
#include "tools/torture/arena.hpp"
#include "tools/torture/options.hpp"

namespace lwlock::torture {

class Checker;

/// One implementation, with the memory that locks and arena lie in. Made by the
/// coordinator before it forks; every process uses its own copy from then on.
///
/// What only the library itself can do has a default here that says so.
class Target {
  public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;

    /// Memory for the arena as the calling process has it mapped.
    virtual void* memory() const = 0;
    virtual void initialise(void* lock) = 0;

    /// Called once in every forked process, before memory() is used there.
    virtual void enter_process() {}
    virtual void attach(unsigned backend) = 0;
    virtual void detach() = 0;

    /// \return whether it had to wait
    virtual bool acquire(void* lock, Mode mode) = 0;
    virtual bool try_acquire(void* lock, Mode mode) = 0;
    virtual void release(void* lock, Mode mode) = 0;

    /// The lock space, for those who look from outside; null without one.
    virtual const LockSpace* space() const { return nullptr; }
    /// Removes what would outlive the processes, once all are attached.
    virtual void forget_name() {}
};

/// What lwtorture needs to know of an implementation before it makes one.
struct TargetKind {
    std::string name;
    bool processes;   ///< works across processes
    bool excludes;    ///< is a lock at all
    bool is_library;  ///< has the whole contract, segment kinds included
    std::size_t lock_size;
    std::unique_ptr<Target> (*make)(const Options& options, std::size_t memory);
};

const std::vector<TargetKind>& target_kinds();
/// Throws std::runtime_error with the names that exist.
const TargetKind& find_target_kind(const std::string& name);

/// The library on these futexes, in a segment of the kind that the options name
/// (library_target.cpp).
std::unique_ptr<Target> make_library_target(const Options& options, std::size_t memory,
                                            Futexes futexes);

}  // namespace lwlock::torture
