/// \file
/// How many backends there are for each CPU. Internal to the library.
#pragma once

#include <cstdint>

#include "lwlock/backend.hpp"

namespace lwlock::detail {

/// By what to multiply the patience of a waiter: 1 while a CPU has few backends.
/// Where it has many, a backend that holds the lock without a CPU keeps it until
/// all others of that CPU had their turn. A lock that is closed to others for the
/// sake of a hungry waiter stays closed as long. Every slot that was ever used counts
/// as a backend: how many are attached, nobody keeps count of.
std::uint32_t crowding(const Backend& self);

}  // namespace lwlock::detail
