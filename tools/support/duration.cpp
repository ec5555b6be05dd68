#include "tools/support/duration.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace lwlock::tools {
namespace {

struct Unit {
    std::string_view name;
    double nanoseconds;
};
constexpr std::array<Unit, 6> kUnits{
    {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

}  // namespace

Nanoseconds parse_duration(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (unit.empty()) unit = "s";
    for (const Unit& known : kUnits) {
        if (error != std::errc() || unit != known.name) continue;
        const double nanoseconds = number * known.nanoseconds;
        if (!(nanoseconds >= 0 && nanoseconds < 9e18)) break;
        return static_cast<Nanoseconds>(nanoseconds);
    }
    throw std::invalid_argument("'" + std::string(text) +
                                "' is no duration; write one like 5us, 20ms, 3s or 10m");
}

std::string format_duration(Nanoseconds time) {
    const Unit* best = &kUnits.front();
    for (const Unit& unit : kUnits) {
        // Two of a unit at least from seconds on: "90s" reads better than "1.5m".
        const double least = unit.nanoseconds > 1e9 ? 2 : 1;
        if (static_cast<double>(time) >= least * unit.nanoseconds) best = &unit;
    }
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.3g%.*s", static_cast<double>(time) / best->nanoseconds,
                  static_cast<int>(best->name.size()), best->name.data());
    return buffer;
}

}  // namespace lwlock::tools
