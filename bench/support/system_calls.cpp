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

}  // namespace

SystemCallCounter::SystemCallCounter() {
    const std::optional<std::uint64_t> trace_point = entry_trace_point();
    if (!trace_point) return;
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.size = sizeof(attributes);
    attributes.config = *trace_point;
    const std::string filter = own_name_filter();
    // A counter for each processor, not for each process: those would have to
    // be exchanged at every context switch.
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    for (int processor = 0; processor < processors; ++processor) {
        const auto descriptor = static_cast<int>(
            syscall(SYS_perf_event_open, &attributes, -1, processor, -1, PERF_FLAG_FD_CLOEXEC));
        if (descriptor >= 0) of_cpu_.push_back(descriptor);
        if (descriptor < 0 || ioctl(descriptor, PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0) {
            close_all();
            return;
        }
    }
}

SystemCallCounter::~SystemCallCounter() { close_all(); }

void SystemCallCounter::close_all() {
    for (const int descriptor : of_cpu_) close(descriptor);
    of_cpu_.clear();
}

std::optional<std::uint64_t> SystemCallCounter::count() const {
    if (of_cpu_.empty()) return std::nullopt;
    std::uint64_t sum = 0;
    for (const int descriptor : of_cpu_) {
        std::uint64_t count;
        if (read(descriptor, &count, sizeof(count)) != sizeof(count)) return std::nullopt;
        sum += count;
    }
    return sum;
}

}  // namespace lwlock::bench
