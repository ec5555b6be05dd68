#include "tests/schedule/machine/trace.hpp"

#include <iomanip>
#include <ostream>
#include <string_view>

namespace lwlock::tests::schedule {
namespace {

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

void Trace::print(std::ostream& out) const {
    constexpr std::size_t kShownAtEachEnd = 250;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (i == kShownAtEachEnd && events_.size() > 2 * kShownAtEachEnd) {
            i = events_.size() - kShownAtEachEnd;
            out << "  ...\n";
        }
        const Event& event = events_[i];
        out << std::setw(5) << event.step << "  ";
        if (event.backend < 0) {
            out << "machine  ";
        } else {
            // Each backend has its own indentation, so that the eye can follow it.
            out << 'b' << event.backend << std::string(7, ' ');
            out << std::string(static_cast<std::size_t>(event.backend) * 4, ' ');
        }
        out << event.text;
        if (event.site.file != nullptr) {
            out << "    [" << base_name(event.site.file) << ':' << event.site.line << ']';
        }
        out << '\n';
    }
}

}  // namespace lwlock::tests::schedule
