// How much patience waiters have for the sake of backends without a CPU.

#include "lwlock/crowding.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include "atomics/cpus.hpp"
#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"

namespace lwlock::tests {
namespace {

using detail::crowding;

class Crowding : public testing::Test {
  protected:
    // As after so many backends were attached.
    void use_slots(std::uint32_t count) {
        space_->view().header().slots_ever_used.store_relaxed(count);
        backend_.space = space_->view();
    }

    LocalSpace space_{{.backends = 1000}};
    detail::Backend backend_;
};

TEST_F(Crowding, IsOneWhileACpuHasFewBackends) {
    backend_.cpus = 2;
    for (const std::uint32_t backends : {0u, 1u, 9u, 15u}) {
        use_slots(backends);
        EXPECT_EQ(crowding(backend_), 1u) << backends;
    }
}

TEST_F(Crowding, GrowsWithTheBackendsOfACpu) {
    use_slots(1000);
    backend_.cpus = 1;
    EXPECT_EQ(crowding(backend_), 250u);
    backend_.cpus = 50;
    EXPECT_EQ(crowding(backend_), 5u);
}

TEST_F(Crowding, CountsTheCpusThatTheThreadMayUse) {
    cpu_set_t before;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(atomics::usable_cpus(), 1u);
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
    EXPECT_EQ(atomics::usable_cpus(), static_cast<std::uint32_t>(CPU_COUNT(&before)));
}

}  // namespace
}  // namespace lwlock::tests
