/// \file
/// What people and programs get to read: status line, summary, JSON.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "tools/torture/result.hpp"

namespace lwlock::torture {

struct StatusLine {
    Nanoseconds elapsed;
    unsigned active;
    unsigned backends;
    double rate;  ///< operations a second since the last status
    std::uint64_t stops;
    std::uint64_t signals;
    std::uint64_t drains;
    std::uint64_t violations;
};

/// On standard error; on a terminal, over the line before.
void print_status(const StatusLine& status);
/// Ends the line that print_status() left open.
void end_status();

void print_summary(std::ostream& out, const Plan& plan, const Arena& arena, const Result& result);
nlohmann::json to_json(const Plan& plan, const Arena& arena, const Result& result);

}  // namespace lwlock::torture
