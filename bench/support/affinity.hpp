/// \file
/// Keeping backends on processors of their own.
#pragma once

namespace lwlock::bench {

/// When there is a processor for each of `backends`, binds the calling thread
/// to that of backend `number`; otherwise leaves it to the scheduler. Without
/// this a short run of two backends may spend most of its time with both on
/// one processor, and another has them apart.
void spread_over_processors(unsigned number, unsigned backends);

}  // namespace lwlock::bench
