#include "bench/support/google_benchmark.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>

namespace lwlock::bench {

unsigned repetitions_in(const std::vector<std::string>& arguments) {
    constexpr std::string_view kFlag = "--benchmark_repetitions=";
    for (const std::string& argument : arguments) {
        if (argument.starts_with(kFlag)) {
            return static_cast<unsigned>(
                std::strtoul(argument.c_str() + kFlag.size(), nullptr, 10));
        }
    }
    return 1;
}

int run_registered(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

bool run_google_benchmark(int argc, char** argv, const std::vector<std::string>& arguments) {
    std::string command;
    for (int index = 0; index < argc; ++index) {
        command += (index == 0 ? "" : " ") + std::string(argv[index]);
    }
    std::vector<std::string> copies = arguments;
    std::vector<char*> pointers{argv[0]};
    for (std::string& copy : copies) pointers.push_back(copy.data());
    pointers.push_back(nullptr);
    int count = static_cast<int>(pointers.size()) - 1;
    benchmark::AddCustomContext("command", command);
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return false;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return true;
}

}  // namespace lwlock::bench
