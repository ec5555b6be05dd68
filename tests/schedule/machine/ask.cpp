// The backend's side of the machine: each function is one request.

#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {

void Machine::fail(const std::string& what) {
    Request request{.text = &what, .kind = Request::Kind::fail};
    ask(request);
    __builtin_unreachable();
}

void Machine::note(const std::string& what) {
    if (trace_ == nullptr) return;
    Request request{.text = &what, .kind = Request::Kind::note};
    ask(request);
}

std::uint64_t Machine::read_plain(LocationId location) {
    Request request{.kind = Request::Kind::read_plain, .location = location};
    ask(request);
    return request.result;
}

void Machine::write_plain(LocationId location, std::uint64_t value) {
    Request request{.operand = value, .kind = Request::Kind::write_plain, .location = location};
    ask(request);
}

void Machine::await(const void* address, Site site) {
    Request request{.address = address, .site = site, .kind = Request::Kind::await};
    ask(request);
}

void Machine::heavy_fence() {
    std::size_t left = backends_ - 1;
    for (std::size_t other = 0; other < backends_; ++other) {
        if (other == current_) continue;
        Request request{.operand = other,
                        .count = static_cast<std::uint32_t>(--left),
                        .kind = Request::Kind::heavy_fence};
        ask(request);
    }
}

void Machine::nap(std::int64_t nanoseconds) {
    Request request{.deadline = now_ + nanoseconds, .kind = Request::Kind::nap};
    ask(request);
}

void Machine::free_memory(const void* begin, std::size_t bytes) {
    Request request{.address = begin, .operand = bytes, .kind = Request::Kind::free_memory};
    ask(request);
}

// ---- The seam ------------------------------------------------------------------

std::uint64_t simulated_load(const void* address, unsigned size, Order order, Site site) {
    Machine* const machine = Machine::running();
    if (machine == nullptr) return raw_load(address, size);
    Request request{.address = address,
                    .site = site,
                    .kind = Request::Kind::load,
                    .order = order,
                    .size = static_cast<std::uint8_t>(size)};
    machine->ask(request);
    return request.result;
}

void simulated_store(void* address, unsigned size, std::uint64_t value, Order order, Site site) {
    Machine* const machine = Machine::running();
    if (machine == nullptr) {
        raw_store(address, size, value);
        return;
    }
    Request request{.address = address,
                    .operand = value,
                    .site = site,
                    .kind = Request::Kind::store,
                    .order = order,
                    .size = static_cast<std::uint8_t>(size)};
    machine->ask(request);
}

std::uint64_t simulated_rmw(void* address, unsigned size, Rmw operation, std::uint64_t operand,
                            Order order, Site site) {
    Machine* const machine = Machine::running();
    if (machine == nullptr) {
        const std::uint64_t before = raw_load(address, size);
        raw_store(address, size, result_of(operation, before, operand, size));
        return before;
    }
    Request request{.address = address,
                    .operand = operand,
                    .site = site,
                    .kind = Request::Kind::modify,
                    .order = order,
                    .rmw = operation,
                    .size = static_cast<std::uint8_t>(size)};
    machine->ask(request);
    return request.result;
}

bool simulated_cas(void* address, unsigned size, std::uint64_t& expected, std::uint64_t desired,
                   Order order, Site site) {
    Machine* const machine = Machine::running();
    if (machine == nullptr) {
        const std::uint64_t found = raw_load(address, size);
        const bool equal = found == expected;
        if (equal) raw_store(address, size, desired);
        expected = found;
        return equal;
    }
    Request request{.address = address,
                    .operand = desired,
                    .expected = expected,
                    .site = site,
                    .kind = Request::Kind::compare_exchange,
                    .order = order,
                    .size = static_cast<std::uint8_t>(size)};
    machine->ask(request);
    expected = request.expected;
    return request.succeeded;
}

}  // namespace lwlock::tests::schedule
