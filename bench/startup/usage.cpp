#include "bench/startup/usage.hpp"

#include <fstream>
#include <stdexcept>
#include <string>

namespace lwlock::bench {
namespace {

std::ifstream open(const char* path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(std::string("reading ") + path);
    return file;
}

std::int64_t sysv_sets() {
    std::ifstream file = open("/proc/sysvipc/sem");
    std::int64_t sets = -1;  // the first line is a heading
    for (std::string line; std::getline(file, line);) ++sets;
    return sets;
}

}  // namespace

Usage Usage::now() {
    Usage usage;
    usage.semaphore_objects = sysv_sets();
    std::ifstream maps = open("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        ++usage.mappings;
        if (line.find(" /dev/shm/") != line.npos) ++usage.semaphore_objects;
    }
    std::ifstream status = open("/proc/self/status");
    for (std::string name; status >> name; status.ignore(256, '\n')) {
        if (name != "RssShmem:" && name != "VmPTE:") continue;
        std::int64_t kilobytes = 0;
        status >> kilobytes;
        (name == "VmPTE:" ? usage.page_table_bytes : usage.shared_bytes) = kilobytes * 1024;
    }
    return usage;
}

}  // namespace lwlock::bench
