#include "tests/stress/arena.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "tests/support/await.hpp"

namespace lwlock::tests {

void broken(const char* invariant, std::uint64_t found) {
    std::cerr << "stress: broken invariant: " << invariant << " (found 0x" << std::hex << found
              << std::dec << ", backend " << my_backend() << ", process " << getpid() << ")"
              << std::endl;
    std::abort();
}

void Cell::enter(Mode mode) {
    if (mode == Mode::exclusive) {
        if (const auto others = writers.fetch_add_relaxed(1); others != 0) {
            broken("an exclusive holder is alone (I1), another exclusive one is inside", others);
        }
        if (const auto others = readers.load_relaxed(); others != 0) {
            broken("an exclusive holder is alone (I1), a shared one is inside", others);
        }
        if (complement != ~value) broken("the data is whole, seen by a writer", value);
        ++value;
    } else {
        readers.fetch_add_relaxed(1);
        if (const auto others = writers.load_relaxed(); others != 0) {
            broken("a shared holder excludes exclusive ones (I1)", others);
        }
        if (complement != ~value) broken("the data is whole, seen by a reader", value);
    }
    if (!lock.held_by_me_in_mode(mode)) broken("the holder knows that it holds", 0);
}

void Cell::leave(Mode mode) {
    if (mode == Mode::exclusive) {
        complement = ~value;
        if (const auto others = readers.load_relaxed(); others != 0) {
            broken("an exclusive holder stays alone (I1)", others);
        }
        writers.fetch_add_relaxed(-1u);
    } else {
        if (complement != ~value) broken("the data stays as it is under a shared holder", value);
        readers.fetch_add_relaxed(-1u);
    }
}

std::uint64_t Arena::progress() const {
    std::uint64_t sum = rounds.load_relaxed();
    for (std::uint32_t i = 0; i < workers; ++i) sum += lines[i].steps.load_relaxed();
    return sum;
}

std::uint64_t Arena::waits_seen() const {
    std::uint64_t sum = 0;
    for (const WorkerLine& line : lines) sum += line.waits_seen.load_relaxed();
    return sum;
}

std::uint32_t Arena::tranches() const {
    std::uint32_t sum = 0;
    for (const WorkerLine& line : lines) sum += line.tranches.load_relaxed();
    return sum;
}

void Arena::await_empty_mails() const {
    await("the janitor has emptied its boxes", [this] {
        return std::all_of(std::begin(mails), std::end(mails),
                           [](const auto& mail) { return mail.load_acquire() == 0; });
    });
}

void Arena::check_at_rest(std::uint32_t locks) const {
    for (std::uint32_t i = 0; i < locks; ++i) {
        const Cell& cell = cells[i];
        const std::uint32_t word = cell.lock.state_word();
        if (!state::is_free(word)) broken("a lock that nobody holds is free", word);
        if ((word & (state::kHandoff | state::kWaitHungry)) != 0) {
            broken("a lock that nobody waits for has no hand-off (I5)", word);
        }
        std::uint64_t additions = 0;
        for (const WorkerLine& line : lines) additions += line.additions[i].load_relaxed();
        if (cell.value != additions) broken("every exclusive holding counted", cell.value);
        if (cell.readers.load_relaxed() != 0 || cell.writers.load_relaxed() != 0) {
            broken("nobody is inside", cell.readers.load_relaxed());
        }
    }
}

}  // namespace lwlock::tests
