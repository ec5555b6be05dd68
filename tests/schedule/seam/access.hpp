/// \file
/// What an access to an atomic word becomes: a call to the simulated machine
/// that runs, or the plain access when none runs (setting up and looking on).
#pragma once

#include <cstdint>
#include <cstring>

namespace lwlock::tests::schedule {

enum class Order : std::uint8_t { relaxed, acquire, release, acq_rel, seq_cst };
enum class Rmw : std::uint8_t { exchange, add, bit_or, bit_and };

constexpr bool acquires(Order order) {
    return order == Order::acquire || order == Order::acq_rel || order == Order::seq_cst;
}
constexpr bool releases(Order order) {
    return order == Order::release || order == Order::acq_rel || order == Order::seq_cst;
}

/// A place in the source. std::source_location is not to be had with Clang 14.
struct Site {
    const char* file;
    int line;

    static constexpr Site here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
};

/// \name The plain accesses
/// \{
inline std::uint64_t raw_load(const void* address, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, address, size);
    return value;
}
inline void raw_store(void* address, unsigned size, std::uint64_t value) {
    std::memcpy(address, &value, size);
}
constexpr std::uint64_t result_of(Rmw operation, std::uint64_t before, std::uint64_t operand,
                                  unsigned size) {
    std::uint64_t after = operand;
    switch (operation) {
        case Rmw::exchange: break;
        case Rmw::add: after = before + operand; break;
        case Rmw::bit_or: after = before | operand; break;
        case Rmw::bit_and: after = before & operand; break;
    }
    return size < 8 ? after & ((std::uint64_t{1} << 8 * size) - 1) : after;
}
/// \}

std::uint64_t simulated_load(const void* address, unsigned size, Order order, Site site);
void simulated_store(void* address, unsigned size, std::uint64_t value, Order order, Site site);
std::uint64_t simulated_rmw(void* address, unsigned size, Rmw operation, std::uint64_t operand,
                            Order order, Site site);
/// Strong; `order` is that of success, a failure is a relaxed load.
bool simulated_cas(void* address, unsigned size, std::uint64_t& expected, std::uint64_t desired,
                   Order order, Site site);

}  // namespace lwlock::tests::schedule
