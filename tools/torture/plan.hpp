/// \file
/// Who does what: the role of every backend, and its own random numbers.
#pragma once

#include <vector>

#include "tools/torture/options.hpp"

namespace lwlock::torture {

/// Constant during a run; every process has the same copy.
struct Plan {
    Options options;
    std::vector<Role> roles;  ///< by backend number, mixed, so that a partial load has all kinds
    std::vector<unsigned> cancellable;  ///< numbers of the backends with Role::canceled

    unsigned backends() const { return static_cast<unsigned>(roles.size()); }
    Random random_of(unsigned backend) const;
};

Plan make_plan(const Options& options);

}  // namespace lwlock::torture
