#include "tools/torture/plan.hpp"

#include <algorithm>

namespace lwlock::torture {
namespace {

Random seeded(std::uint64_t seed, std::uint32_t stream) {
    std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                           stream};
    return Random(sequence);
}

}  // namespace

Random Plan::random_of(unsigned backend) const { return seeded(options.seed, backend + 1); }

Plan make_plan(const Options& options) {
    Plan plan{.options = options, .roles = {}, .cancellable = {}};
    for (const RoleName& role : kRoles) {
        plan.roles.insert(plan.roles.end(), options.backends_of[index_of(role.role)], role.role);
    }
    Random random = seeded(options.seed, 0);
    std::shuffle(plan.roles.begin(), plan.roles.end(), random);
    for (unsigned backend = 0; backend < plan.backends(); ++backend) {
        if (plan.roles[backend] == Role::canceled) plan.cancellable.push_back(backend);
    }
    return plan;
}

}  // namespace lwlock::torture
