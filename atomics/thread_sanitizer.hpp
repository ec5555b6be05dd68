/// \file
/// Whether this is a build for ThreadSanitizer, which knows neither membarrier nor
/// grace periods nor sem_clockwait(): what they order, it has to be told.
#pragma once

namespace lwlock::atomics {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kThreadSanitizer = __has_feature(thread_sanitizer);
#else
inline constexpr bool kThreadSanitizer = false;
#endif

}  // namespace lwlock::atomics
