#include "tools/torture/distribution.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "atomics/deadline.hpp"
#include "atomics/spin.hpp"

namespace lwlock::torture {
namespace {

constexpr Nanoseconds kCutOff = 20;           // of the exponential one, in means
constexpr Nanoseconds kLongestSpin = 50'000;  // a sleep takes about as long by itself

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t comma = text.find(',');
        parts.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

double parse_share(std::string_view text) {
    double share = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
    if (error != std::errc() || end != text.data() + text.size() || !(share >= 0 && share <= 1)) {
        throw std::invalid_argument("'" + std::string(text) + "' is no share between 0 and 1");
    }
    return share;
}

}  // namespace

Distribution Distribution::parse(std::string_view text) {
    Distribution result;
    result.text_ = text;
    const std::size_t colon = text.find(':');
    const std::string_view shape = colon == std::string_view::npos ? "" : text.substr(0, colon);
    const auto parts = split(colon == std::string_view::npos ? text : text.substr(colon + 1));

    const auto expect = [&](Shape wanted, std::size_t count) {
        if (parts.size() != count) {
            throw std::invalid_argument("'" + std::string(text) + "' needs " +
                                        std::to_string(count) + " values after the colon");
        }
        result.shape_ = wanted;
        result.first_ = tools::parse_duration(parts[0]);
        if (count > 1) result.second_ = tools::parse_duration(parts[1]);
    };
    if (shape.empty()) {
        expect(Shape::fixed, 1);
    } else if (shape == "uniform") {
        expect(Shape::uniform, 2);
        if (result.second_ < result.first_) std::swap(result.first_, result.second_);
    } else if (shape == "exp") {
        expect(Shape::exponential, 1);
    } else if (shape == "mix") {
        expect(Shape::mix, 3);
        result.share_ = parse_share(parts[2]);
    } else {
        throw std::invalid_argument(
            "'" + std::string(text) +
            "' is no distribution; write TIME, uniform:LOW,HIGH, exp:MEAN or mix:SHORT,LONG,SHARE");
    }
    return result;
}

Nanoseconds Distribution::operator()(Random& random) const {
    switch (shape_) {
        case Shape::fixed: return first_;
        case Shape::uniform:
            return std::uniform_int_distribution<Nanoseconds>(first_, second_)(random);
        case Shape::exponential: {
            if (first_ == 0) return 0;
            const double mean = static_cast<double>(first_);
            const double drawn = std::exponential_distribution<double>(1 / mean)(random);
            return static_cast<Nanoseconds>(std::min(drawn, mean * kCutOff));
        }
        case Shape::mix: return std::bernoulli_distribution(share_)(random) ? second_ : first_;
    }
    return 0;
}

Nanoseconds Distribution::longest() const {
    return shape_ == Shape::exponential ? first_ * kCutOff : std::max(first_, second_);
}

void spend(Nanoseconds time) {
    if (time <= 0) return;
    const Nanoseconds end = atomics::monotonic_now() + time;
    if (time <= kLongestSpin) {
        while (atomics::monotonic_now() < end) atomics::spin_pause();
        return;
    }
    const timespec until{.tv_sec = end / 1'000'000'000, .tv_nsec = end % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
}

}  // namespace lwlock::torture
