// The C interface to tranches.

#include <string.h>

#include <algorithm>
#include <iterator>

#include "lwlock/c_api.hpp"

using lwlock::Bias;
using lwlock::Lock;
using lwlock::Status;
using lwlock::TranchePolicy;
using lwlock::detail::c;
using lwlock::detail::cpp;

static_assert(sizeof(lwlock_statistics_t) == sizeof(lwlock::TrancheStatistics));
static_assert(lwlock::kMaxTrancheName + 1 == LWLOCK_TRANCHE_NAME_SIZE);
static_assert(LWLOCK_PADDED_LOCK_ROOM == lwlock::kPaddedLockRoom);
static_assert(sizeof(lwlock_padded_t) == sizeof(lwlock::PaddedLock));
static_assert(alignof(lwlock_padded_t) == alignof(lwlock::PaddedLock));
static_assert(LWLOCK_PREFER_WRITERS == static_cast<int>(lwlock::Preference::writers));

namespace {

// By lwlock_bias_t, whose 0 is the default.
constexpr Bias kBiases[] = {Bias::adaptive, Bias::off, Bias::always};
static_assert(kBiases[LWLOCK_BIAS_OFF] == Bias::off);
static_assert(kBiases[LWLOCK_BIAS_ALWAYS] == Bias::always);

template <typename L, typename InC>
int named_tranche(const lwlock_space_t* space, const char* name, InC** locks, uint32_t* count) {
    std::span<L> found;
    const Status status = cpp(space).named_tranche(name, found);
    if (status != Status::ok) return c(status);
    *locks = reinterpret_cast<InC*>(found.data());
    *count = static_cast<uint32_t>(found.size());
    return c(status);
}

}  // namespace

extern "C" {

int lwlock_new_tranche(const lwlock_space_t* space, const char* name, uint16_t* id) {
    return c(cpp(space).new_tranche(name, *id));
}

int lwlock_register_tranche(const lwlock_space_t* space, uint16_t id, const char* name) {
    return c(cpp(space).register_tranche(id, name));
}

int lwlock_request_tranche(const lwlock_space_t* space, const char* name, uint32_t count,
                           uint16_t* id) {
    return c(cpp(space).request_tranche(name, count, *id));
}

int lwlock_request_padded_tranche(const lwlock_space_t* space, const char* name, uint32_t count,
                                  uint16_t* id) {
    return c(cpp(space).request_padded_tranche(name, count, *id));
}

int lwlock_named_tranche(const lwlock_space_t* space, const char* name, lwlock_t** locks,
                         uint32_t* count) {
    return named_tranche<Lock>(space, name, locks, count);
}

int lwlock_named_padded_tranche(const lwlock_space_t* space, const char* name,
                                lwlock_padded_t** locks, uint32_t* count) {
    return named_tranche<lwlock::PaddedLock>(space, name, locks, count);
}

int lwlock_find_tranche(const lwlock_space_t* space, const char* name, uint16_t* id) {
    return c(cpp(space).find_tranche(name, *id));
}

void lwlock_tranche_name(const lwlock_space_t* space, uint16_t id,
                         char buffer[LWLOCK_TRANCHE_NAME_SIZE]) {
    cpp(space).tranche_name(id, *reinterpret_cast<char(*)[LWLOCK_TRANCHE_NAME_SIZE]>(buffer));
}

const char* lwlock_wait_event_name(const lwlock_t* lock) {
    return lwlock::wait_event_name(cpp(lock));
}

int lwlock_space_set_tranche_policy(const lwlock_space_t* space, uint16_t tranche,
                                    lwlock_policy_t policy) {
    if (policy.bias >= std::size(kBiases) || policy.preference > LWLOCK_PREFER_WRITERS) {
        lwlock::detail::Reason reason;
        reason.say("bias %u or preference %u is none", policy.bias, policy.preference);
        return c(lwlock::detail::noted(Status::bad_argument, "set_tranche_policy", "", reason));
    }
    cpp(space).set_tranche_policy(
        tranche, {.bias = kBiases[policy.bias],
                  .preference = static_cast<lwlock::Preference>(policy.preference)});
    return LWLOCK_OK;
}

lwlock_policy_t lwlock_space_tranche_policy(const lwlock_space_t* space, uint16_t tranche) {
    const TranchePolicy policy = cpp(space).tranche_policy(tranche);
    const auto* const bias = std::find(std::begin(kBiases), std::end(kBiases), policy.bias);
    return {.bias = static_cast<std::uint32_t>(bias - kBiases),
            .preference = static_cast<std::uint32_t>(policy.preference)};
}

void lwlock_tranche_statistics(const lwlock_space_t* space, uint16_t tranche,
                               lwlock_statistics_t* out) {
    const lwlock::TrancheStatistics statistics = cpp(space).statistics(tranche);
    memcpy(out, &statistics, sizeof *out);
}

}  // extern "C"
