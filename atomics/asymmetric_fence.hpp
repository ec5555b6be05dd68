/// \file
/// A memory fence between two parties of which one is in a hurry.
///
/// The frequent side only keeps the compiler from reordering. The rare side
/// makes every thread of the registered processes execute a full fence
/// (membarrier system call); after that it sees what the frequent side stored
/// before, and the frequent side sees what the rare side stored before.
#pragma once

#include "atomics/futex.hpp"
#include "atomics/thread_sanitizer.hpp"

namespace lwlock::atomics {

/// ThreadSanitizer knows nothing of membarrier: under it both sides use full fences.
inline constexpr bool kAsymmetricFences = !kThreadSanitizer;

/// Makes this process one that heavy_fence() of others reaches. Cheap from the
/// second call on. \return false when the kernel has no such thing.
bool register_for_heavy_fences(Scope::Kind kind);

/// The rare side; takes microseconds. Reaches the threads of this process, and
/// with Kind::shared those of every registered one.
void heavy_fence(Scope::Kind kind);

}  // namespace lwlock::atomics
