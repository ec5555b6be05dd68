#include "tests/schedule/search/plan.hpp"

#include <charconv>
#include <stdexcept>
#include <string>

namespace lwlock::tests::schedule {
namespace {

std::vector<Operation> supported_operations(const Implementation& implementation) {
    std::vector<Operation> operations = independent_operations();
    std::erase_if(operations, [&](const Operation& operation) {
        return !implementation.supports(operation.verb);
    });
    return operations;
}

void add_multisets(const std::vector<Operation>& operations, std::size_t first, std::size_t left,
                   Program& program, std::vector<Program>& out) {
    if (left == 0) {
        out.push_back(program);
        return;
    }
    for (std::size_t i = first; i < operations.size(); ++i) {
        program.backends.push_back({operations[i]});
        add_multisets(operations, i, left - 1, program, out);
        program.backends.pop_back();
    }
}

}  // namespace

std::vector<Program> all_together(std::size_t count, const Implementation& implementation) {
    const std::vector<Operation> operations = supported_operations(implementation);
    std::vector<Program> programs;
    Program program;
    add_multisets(operations, 0, count, program, programs);
    // What makes sense with its counterpart only.
    constexpr const char* kCouples[][2] = {{"HX", "G"}, {"HS", "G"}, {"Y", "VY"}};
    for (const auto& couple : kCouples) {
        const Operation one = parse_operation(couple[0]);
        const Operation other = parse_operation(couple[1]);
        if (count < 2 || !implementation.supports(one.verb)) continue;
        program.backends = {{one}, {other}};
        add_multisets(operations, 0, count - 2, program, programs);
    }
    return programs;
}

std::vector<Program> beside_asynchronous(std::size_t count, const Implementation& implementation) {
    // One request and two, in all modes, three, and two locks; some are cancelled, at once
    // or after the kernel was told to wait for them.
    constexpr const char* kRequests[] = {
        "aX",          "aS",          "aX aK",       "aS aK",       "aX aN aK",
        "aS aN aK",    "aX aX",       "aX aS",       "aS aX",       "aS aS",
        "aX aX aN aK", "aX aS aN aK", "aS aX aN aK", "aS aS aN aK", "aX aX aN aL",
        "aX aS aN aL", "aS aX aN aL", "aS aS aN aL", "aX aS aX",    "aS aX aS aN aK",
        "aX aX1",      "aS aX1 aN aK"};
    const std::vector<Operation> operations = supported_operations(implementation);
    std::vector<Program> programs;
    for (const char* const requests : kRequests) {
        Program program = parse_program(requests);
        add_multisets(operations, 0, count, program, programs);
    }
    return programs;
}

std::vector<Program> part_of(const std::vector<Program>& programs, std::string_view part) {
    std::size_t number = 0;
    std::size_t of = 0;
    const char* const end = part.data() + part.size();
    const auto slash = std::from_chars(part.data(), end, number);
    if (slash.ptr == end || *slash.ptr != '/' ||
        std::from_chars(slash.ptr + 1, end, of).ptr != end || number == 0 || number > of) {
        throw std::invalid_argument("--part: \"" + std::string(part) + "\" is not like 1/2");
    }
    std::vector<Program> chosen;
    for (std::size_t i = number - 1; i < programs.size(); i += of) chosen.push_back(programs[i]);
    return chosen;
}

}  // namespace lwlock::tests::schedule
