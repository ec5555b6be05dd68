/// \file
/// Stands in for the library's lwlock/uring.hpp: sleeps that the simulated machine
/// makes for a backend. Found first on the include path.
#pragma once

#include "lwlock/async_sleep.hpp"
#include "lwlock/status.hpp"

namespace lwlock::detail {

/// The same operations. What start() is given is submitted later, as there.
class Uring {
  public:
    Status open() { return Status::ok; }
    void close() {}
    int descriptor() const { return -1; }

    void start(AsyncSleep& sleep);
    void stop(AsyncSleep& sleep);
    void collect(DoneList& done, Deadline deadline);

  private:
    void submit();

    DoneList unsubmitted_;
    DoneList stopped_;
};

}  // namespace lwlock::detail
