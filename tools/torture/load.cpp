#include "tools/torture/load.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lwlock::torture {

Load Load::parse(std::string_view text) {
    Load result;
    result.text_ = text;
    const std::size_t colon = text.find(':');
    const std::string_view shape = text.substr(0, colon);
    if (text == "steady") return result;
    if ((shape != "up" && shape != "wave") || colon == std::string_view::npos) {
        throw std::invalid_argument("'" + std::string(text) +
                                    "' is no load; write steady, up:TIME or wave:TIME");
    }
    result.shape_ = shape == "up" ? Shape::up : Shape::wave;
    result.period_ = std::max(tools::parse_duration(text.substr(colon + 1)), Nanoseconds{1});
    return result;
}

unsigned Load::active(Nanoseconds elapsed, unsigned backends) const {
    if (shape_ == Shape::steady) return backends;
    double share = static_cast<double>(elapsed) / static_cast<double>(period_);
    if (shape_ == Shape::wave) share = 1 - std::abs(2 * (share - std::floor(share)) - 1);
    const auto wanted = static_cast<unsigned>(std::ceil(std::min(share, 1.0) * backends));
    return std::clamp(wanted, 1u, backends);
}

}  // namespace lwlock::torture
