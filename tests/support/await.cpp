#include "tests/support/await.hpp"

#include <fstream>
#include <iostream>
#include <string>

namespace lwlock::tests {

void give_up(const char* what) {
    std::cerr << "test hangs: waited in vain until " << what << std::endl;
    std::abort();
}

bool sleeps(pid_t process, pid_t thread) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                       "/stat");
    std::string line;
    std::getline(stat, line);
    // The state letter follows the command, which stands in parentheses.
    const std::size_t close = line.rfind(')');
    return close != std::string::npos && line.size() > close + 2 && line[close + 2] == 'S';
}

}  // namespace lwlock::tests
