/// \file
/// Sleeps on futexes by io_uring (Linux 6.7 and later). Internal to the library.
#pragma once

#include <linux/io_uring.h>

#include <cstdint>

#include "lwlock/async_sleep.hpp"
#include "lwlock/status.hpp"

namespace lwlock::detail {

/// One ring, for one thread. The raw interface, since the packaged liburing is
/// older than these operations.
class Uring {
  public:
    /// \return ok, or system_error with errno set: ENOSYS where the kernel cannot.
    Status open();
    void close();
    int descriptor() const { return ring_; }

    void start(AsyncSleep& sleep);
    /// Returns once the sleep is done, early if need be.
    void stop(AsyncSleep& sleep);
    /// Waits until some sleep is done or the deadline, unless some are in `done`
    /// already; adds all that are.
    void collect(DoneList& done, Deadline deadline);

  private:
    using Sqe = io_uring_sqe;
    using Cqe = io_uring_cqe;

    Status map(const io_uring_params& parameters);
    Sqe& next_entry();
    void submit();
    void wait(Deadline deadline);
    void drain_completions(DoneList& done);
    bool waits_for_futexes();

    int ring_ = -1;
    void* rings_ = nullptr;
    std::size_t rings_size_ = 0;
    Sqe* entries_ = nullptr;
    std::uint32_t entry_count_ = 0;
    std::uint32_t unsubmitted_ = 0;
    // Words that the kernel writes or reads.
    std::uint32_t* sq_head_ = nullptr;
    std::uint32_t* sq_tail_ = nullptr;
    std::uint32_t* sq_array_ = nullptr;
    std::uint32_t sq_mask_ = 0;
    std::uint32_t* cq_head_ = nullptr;
    std::uint32_t* cq_tail_ = nullptr;
    Cqe* completions_ = nullptr;
    std::uint32_t cq_mask_ = 0;
    DoneList stopped_;  ///< done while stop() waited for another
};

}  // namespace lwlock::detail
