/// \file
/// Findings: one line, then an abort, which the fuzzer saves the input of.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lwlock::tests::fuzz {

[[noreturn]] inline void finding(const char* what, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: finding: %s\n", file, line, what);
    std::abort();
}

}  // namespace lwlock::tests::fuzz

#define FUZZ_REQUIRE(condition)         \
    ((condition) ? static_cast<void>(0) \
                 : ::lwlock::tests::fuzz::finding(#condition, __FILE__, __LINE__))
