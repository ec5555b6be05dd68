#include "atomics/spin.hpp"

#include "atomics/cpus.hpp"
#include "atomics/word.hpp"

namespace lwlock::atomics {

bool spinning_can_pay() {
    static constinit Atomic32 cpus;  // two threads that both ask write the same answer
    std::uint32_t known = cpus.load_relaxed();
    if (known == 0) {
        known = usable_cpus();
        cpus.store_relaxed(known);
    }
    return known > 1;
}

}  // namespace lwlock::atomics
