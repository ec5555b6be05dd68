#include "atomics/spin.hpp"

#include <sched.h>

#include "atomics/word.hpp"

namespace lwlock::atomics {
namespace {

enum : std::uint32_t { kUnknown, kOneCpu, kSeveralCpus };

std::uint32_t count_cpus() {
    cpu_set_t mask;
    // A machine with more CPUs than the mask holds fails here: it has several.
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) return kSeveralCpus;
    return CPU_COUNT(&mask) > 1 ? kSeveralCpus : kOneCpu;
}

}  // namespace

bool spinning_can_pay() {
    static constinit Atomic32 cpus;  // two threads that both ask write the same answer
    std::uint32_t known = cpus.load_relaxed();
    if (known == kUnknown) {
        known = count_cpus();
        cpus.store_relaxed(known);
    }
    return known == kSeveralCpus;
}

}  // namespace lwlock::atomics
