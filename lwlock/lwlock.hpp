/// \file
/// lwlock: lightweight shared-exclusive locks for database engines. Everything
/// in one include; docs/api.md walks through it.
#pragma once

#include "lwlock/async.hpp"        // IWYU pragma: export
#include "lwlock/backend.hpp"      // IWYU pragma: export
#include "lwlock/last_error.hpp"   // IWYU pragma: export
#include "lwlock/lock.hpp"         // IWYU pragma: export
#include "lwlock/misuse.hpp"       // IWYU pragma: export
#include "lwlock/observer.hpp"     // IWYU pragma: export
#include "lwlock/padded_lock.hpp"  // IWYU pragma: export
#include "lwlock/space.hpp"        // IWYU pragma: export
