#include "tests/support/huge_pages.hpp"

#include <algorithm>
#include <fstream>

namespace lwlock::tests {
namespace {

constexpr const char* kFolder = "/sys/kernel/mm/hugepages/hugepages-2048kB/";

long number_in(const char* name) {
    std::ifstream file(std::string(kFolder) + name);
    long number = 0;
    file >> number;
    return number;
}

// What nobody uses and nobody has been promised.
long free_pages() { return number_in("free_hugepages") - number_in("resv_hugepages"); }

void add_pages(long count) {
    if (count == 0) return;
    const long sum = std::max(number_in("nr_hugepages") + count, 0L);
    std::ofstream file(std::string(kFolder) + "nr_hugepages");
    file << sum << std::flush;
}

}  // namespace

HugePages::HugePages(long count) : wanted_(count) {
    const long before = free_pages();
    add_pages(std::max(count - before, 0L));
    added_ = free_pages() - before;
}

HugePages::~HugePages() { add_pages(-added_); }

bool HugePages::there() const { return free_pages() >= wanted_; }

}  // namespace lwlock::tests
