#include "tests/schedule/search/replay.hpp"

#include <charconv>
#include <stdexcept>

namespace lwlock::tests::schedule {
namespace {
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
}

std::string text_of_choices(std::span<const std::uint8_t> choices) {
    std::size_t length = choices.size();
    while (length > 0 && choices[length - 1] == 0) --length;  // a replay fills up with zeros
    std::string text;
    for (std::size_t i = 0; i < length;) {
        std::size_t zeros = 0;
        while (i + zeros < length && choices[i + zeros] == 0) ++zeros;
        if (zeros >= 3) {
            text += '.' + std::to_string(zeros) + '.';
            i += zeros;
        } else {
            text += kDigits[choices[i++]];
        }
    }
    return text.empty() ? "0" : text;
}

std::vector<std::uint8_t> parse_choices(std::string_view text) {
    std::vector<std::uint8_t> choices;
    while (!text.empty()) {
        if (text.front() == '.') {
            const std::size_t end = text.find('.', 1);
            std::size_t zeros = 0;
            const char* const stop = text.data() + std::min(end, text.size());
            const auto parsed = std::from_chars(text.data() + 1, stop, zeros);
            if (end == std::string_view::npos || parsed.ptr != stop || zeros > 100'000) {
                throw std::invalid_argument("replay: \".\" needs a number and another \".\"");
            }
            choices.insert(choices.end(), zeros, 0);
            text.remove_prefix(end + 1);
            continue;
        }
        const std::size_t digit = kDigits.find(text.front());
        if (digit == std::string_view::npos) {
            throw std::invalid_argument("replay: unexpected \"" + std::string(1, text.front()) +
                                        '"');
        }
        choices.push_back(static_cast<std::uint8_t>(digit));
        text.remove_prefix(1);
    }
    return choices;
}

}  // namespace lwlock::tests::schedule
