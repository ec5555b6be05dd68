/// \file
/// Implementation `boost_shared_mutex`: Boost.Thread's; for threads only.
#pragma once

#include <boost/thread/shared_mutex.hpp>

#include "bench/implementations/standard_shared.hpp"

namespace lwlock::bench {

struct BoostSharedMutex : StandardShared<boost::shared_mutex> {
    static constexpr const char* kName = "boost_shared_mutex";
    static constexpr bool kProcesses = false;
};
static_assert(Implementation<BoostSharedMutex>);

}  // namespace lwlock::bench
