/// \file
/// The lock space that a process has without asking. Internal to the library.
#pragma once

#include "lwlock/segment.hpp"

namespace lwlock::detail {

/// Maps the space on first use. \return ok, or system_error with errno set.
Status private_space(SegmentView& out);

bool is_private_space(const SegmentView& space);

/// In the child after fork(), which has a copy of the space but none of the
/// threads that owned its slots: frees them all.
void abandon_slots_of_private_space();

}  // namespace lwlock::detail
