#include "bench/support/system_calls.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <initializer_list>
#include <string>

namespace lwlock::bench {
namespace {

/// The kernel's number of the trace point that every system call passes.
std::optional<std::uint64_t> entry_trace_point() {
    for (const char* folder : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
        std::ifstream file(std::string(folder) + "/events/raw_syscalls/sys_enter/id");
        std::uint64_t number;
        if (file >> number) return number;
    }
    return std::nullopt;
}

std::string own_name_filter() {
    char name[16] = {};
    prctl(PR_GET_NAME, name);
    return std::string("comm == \"") + name + "\"";
}

std::string futex_filter() {
    std::string filter = own_name_filter() + " && (id == " + std::to_string(SYS_futex);
    for (const long call : {SYS_semop, SYS_semtimedop})
        filter += " || id == " + std::to_string(call);
    return filter + ")";
}

std::optional<std::uint64_t> sum_of(const std::vector<int>& counters) {
    std::uint64_t sum = 0;
    for (const int descriptor : counters) {
        std::uint64_t count;
        if (read(descriptor, &count, sizeof(count)) != sizeof(count)) return std::nullopt;
        sum += count;
    }
    return sum;
}

}  // namespace

SystemCallCounter::SystemCallCounter() {
    const std::optional<std::uint64_t> trace_point = entry_trace_point();
    if (!trace_point) return;
    // A counter for each processor, not for each process: those would have to
    // be exchanged at every context switch.
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    for (int processor = 0; processor < processors; ++processor) {
        if (!open(*trace_point, processor, own_name_filter(), all_) ||
            !open(*trace_point, processor, futex_filter(), futex_)) {
            close_all();
            return;
        }
    }
}

SystemCallCounter::~SystemCallCounter() { close_all(); }

bool SystemCallCounter::open(std::uint64_t trace_point, int processor, const std::string& filter,
                             std::vector<int>& counters) {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.size = sizeof(attributes);
    attributes.config = trace_point;
    const auto descriptor = static_cast<int>(
        syscall(SYS_perf_event_open, &attributes, -1, processor, -1, PERF_FLAG_FD_CLOEXEC));
    if (descriptor < 0) return false;
    counters.push_back(descriptor);
    return ioctl(descriptor, PERF_EVENT_IOC_SET_FILTER, filter.c_str()) == 0;
}

void SystemCallCounter::close_all() {
    for (std::vector<int>* const counters : {&all_, &futex_}) {
        for (const int descriptor : *counters) close(descriptor);
        counters->clear();
    }
}

std::optional<SystemCalls> SystemCallCounter::count() const {
    if (all_.empty()) return std::nullopt;
    const std::optional<std::uint64_t> all = sum_of(all_);
    const std::optional<std::uint64_t> futex = sum_of(futex_);
    if (!all || !futex) return std::nullopt;
    return SystemCalls{.all = *all, .futex = *futex};
}

}  // namespace lwlock::bench
