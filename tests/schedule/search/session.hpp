/// \file
/// Runs schedules of programs against one implementation, counts them, and
/// reports the first that fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/schedule/machine/machine.hpp"
#include "tests/schedule/search/exhaustive.hpp"
#include "tests/schedule/subject/implementation.hpp"
#include "tests/schedule/subject/runner.hpp"

namespace lwlock::tests::schedule {

struct Totals {
    std::uint64_t programs = 0;
    std::uint64_t schedules = 0;
    std::uint64_t cut_short = 0;  ///< of these, ended at a state seen before
    std::uint64_t states = 0;
    std::uint64_t steps = 0;

    void operator+=(const Totals& other);
};

class Session {
  public:
    explicit Session(std::unique_ptr<Implementation> implementation);

    const Implementation& implementation() const { return *implementation_; }
    /// Instead of what the programs say themselves.
    void set_bias(ReadBias bias) { bias_ = bias; }
    void prefer_writers() { prefers_writers_ = true; }
    /// Random programs have a backend with asynchronous requests as well.
    void add_asynchronous() { adds_asynchronous_ = true; }

    /// \name Each returns false after it has printed a failing schedule
    /// \{
    /// All schedules of the program within the limits.
    bool exhaust(const Program& program, const Limits& limits, Totals& totals);
    /// The random schedule of this seed, of the random program of this seed.
    bool sample(std::uint64_t seed, Totals& totals);
    /// Two backends take the lock over and over, and a third one gets to run
    /// only when it would be in vain.
    bool harass(std::uint64_t seed, Totals& totals);
    /// One schedule, whose trace is printed whether it fails or not.
    bool replay(const Program& program, const std::string& choices);
    /// \}

  private:
    void load(Program program);
    bool report(const Outcome& outcome, const std::string& origin,
                const std::vector<std::uint8_t>& choices);
    void count(const Outcome& outcome, Totals& totals) const;

    std::unique_ptr<Implementation> implementation_;
    Machine machine_;
    Runner runner_;
    Program program_;
    std::optional<ReadBias> bias_;
    bool prefers_writers_ = false;
    bool adds_asynchronous_ = false;
};

}  // namespace lwlock::tests::schedule
