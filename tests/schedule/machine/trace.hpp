/// \file
/// What happened in a schedule, for people.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/schedule/seam/access.hpp"

namespace lwlock::tests::schedule {

class Trace {
  public:
    struct Event {
        std::size_t step;
        int backend;  ///< -1: the machine
        Site site;    ///< file is null when it is no place in the source
        std::string text;
    };

    void clear() { events_.clear(); }
    void add(Event event) { events_.push_back(std::move(event)); }
    void print(std::ostream& out) const;

  private:
    std::vector<Event> events_;
};

}  // namespace lwlock::tests::schedule
