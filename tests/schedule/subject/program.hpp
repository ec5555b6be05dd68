/// \file
/// Programs: what each backend of a schedule does, as text such as
/// "X S | tX | V1": backends are separated by bars, operations by blanks, and a
/// digit names a lock other than lock 0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lwlock::tests::schedule {

/// Operations of the contract. Those that acquire also touch the data that the
/// lock protects, and release. A backend polls until none of its asynchronous requests
/// is pending before it ends.
enum class Verb : std::uint8_t {
    acquire,            ///< X S
    try_acquire,        ///< tX tS
    timed,              ///< TX TS: a millisecond's patience
    overdue,            ///< PX PS: the deadline has passed before the call
    cancellable,        ///< CX CS
    timed_cancellable,  ///< LX LS: with a millisecond's patience
    cancellable_anew,   ///< JX JS: reset_cancel() before it
    cancel,             ///< K: cancels everybody else
    acquire_or_wait,    ///< WX WS
    wait_for_var,       ///< V: until not exclusive, or the variable is not 0
    wait_for_other,     ///< VO: likewise, or is not 1, which it becomes by the first update
    update_var,         ///< U: under the lock, exclusively
    update_equal,       ///< E: as U, but the variable keeps its value
    update_and_stay,    ///< Y: as U, and keeps the lock until another backend's VY is over
    wait_for_stay,      ///< VY: as V
    release_clear_var,  ///< R: with a new value, exclusively
    disown,             ///< DX DS: and release_disowned
    hand_over,          ///< HX HS: disowns; another backend's G releases
    take_over,          ///< G
    stay,               ///< ZS: shared, until another backend's GS has it as well
    meet,               ///< GS
    release_all,        ///< AX AS
    reentrant,          ///< SS: shared twice
    self_deadlock,      ///< QX: exclusive twice; QS: exclusive while shared
    nested,             ///< NX NS: this lock, then the next exclusively; released in this order
    requeue,            ///< M: moves those who wait to another futex and wakes them there
    nested_shared,      ///< BX BS: this lock, then the next shared; likewise
    free_memory,        ///< FX: frees the lock when everybody else has done with it
    request,            ///< aX aS: asks for the lock asynchronously
    look,               ///< aN: polls without waiting
    cancel_first,       ///< aK: cancels its oldest pending request
    cancel_last,        ///< aL: cancels its youngest pending request
};

struct Operation {
    Verb verb;
    bool exclusive;
    std::uint8_t lock;
    friend bool operator==(const Operation&, const Operation&) = default;
};

/// The read bias that the locks of a program have.
enum class ReadBias : std::uint8_t {
    off,
    given,     ///< they begin with it, which everybody knows; each counted read gives it again
    fenced,    ///< likewise, on a kernel without membarrier
    always,    ///< they begin without; each counted read gives it
    adaptive,  ///< they begin without, and get it back after so many reads
};
inline constexpr std::string_view kReadBiases[] = {"off", "given", "fenced", "always", "adaptive"};

struct Program {
    std::vector<std::vector<Operation>> backends;
    bool spinning = false;  ///< spinning can pay
    ReadBias bias = ReadBias::off;
    bool prefers_writers = false;  ///< the locks have Preference::writers

    std::size_t locks() const;
    bool uses(Verb verb) const;
    std::string text() const;
};

/// Throws std::invalid_argument that names the word it does not know.
Program parse_program(std::string_view text);
/// The bias of this name, which has to be one of kReadBiases.
ReadBias parse_bias(std::string_view name);
Operation parse_operation(std::string_view word);
/// Every operation in every mode, on lock 0, but for those that need a counterpart and
/// the asynchronous ones.
std::vector<Operation> independent_operations();
std::string text_of(const Operation& operation);
constexpr bool is_asynchronous(Verb verb) { return verb >= Verb::request; }
/// Whether any of a backend's operations is.
bool is_asynchronous(std::span<const Operation> operations);

}  // namespace lwlock::tests::schedule
