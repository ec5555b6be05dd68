/// \file
/// Implementation `tbb_spin_rw_mutex`: oneTBB's, one word that waiters spin on.
/// It has no pointers and never sleeps, so it works across processes.
#pragma once

#include <oneapi/tbb/spin_rw_mutex.h>

#include "bench/implementations/standard_shared.hpp"

namespace lwlock::bench {

struct TbbSpinRwMutex : StandardShared<tbb::spin_rw_mutex> {
    static constexpr const char* kName = "tbb_spin_rw_mutex";
    static constexpr bool kProcesses = true;
};
static_assert(Implementation<TbbSpinRwMutex>);

}  // namespace lwlock::bench
