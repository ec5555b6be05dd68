#include "bench/support/program.hpp"

#include <exception>
#include <iostream>

namespace lwlock::bench {

int run_program(const char* name, const std::function<int()>& program) {
    try {
        return program();
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << "\n";
        return 1;
    }
}

}  // namespace lwlock::bench
