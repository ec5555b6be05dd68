/// \file
/// Stands in for the library's lwlock/sleep_helpers.hpp: queues under the search sleep
/// by uring.hpp. Found first on the include path.
#pragma once

#include "lwlock/async_sleep.hpp"
#include "lwlock/status.hpp"

namespace lwlock::detail {

class SleepHelpers {
  public:
    Status open() { return Status::system_error; }
    void close() {}
    int descriptor() const { return -1; }

    void start(AsyncSleep& /*sleep*/) {}
    void stop(AsyncSleep& /*sleep*/) {}
    void collect(DoneList& /*done*/, Deadline /*deadline*/) {}
};

}  // namespace lwlock::detail
