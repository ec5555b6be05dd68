#include "bench/support/run_state.hpp"

#include <fstream>
#include <iterator>
#include <string>

namespace lwlock::bench {

char run_state(std::uint32_t thread) {
    std::ifstream file("/proc/" + std::to_string(thread) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t name_end = text.rfind(')');
    return name_end + 2 < text.size() ? text[name_end + 2] : '?';
}

}  // namespace lwlock::bench
