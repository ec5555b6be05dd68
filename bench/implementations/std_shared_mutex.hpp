/// \file
/// Implementation `std_shared_mutex`: the C++ library's; for threads only.
#pragma once

#include <shared_mutex>

#include "bench/implementations/standard_shared.hpp"

namespace lwlock::bench {

struct StdSharedMutex : StandardShared<std::shared_mutex> {
    static constexpr const char* kName = "std_shared_mutex";
    static constexpr bool kProcesses = false;
};
static_assert(Implementation<StdSharedMutex>);

}  // namespace lwlock::bench
