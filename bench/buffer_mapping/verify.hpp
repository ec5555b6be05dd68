/// \file
/// The check of a buffer-mapping table after a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/buffer_mapping/buffer_pool.hpp"

namespace lwlock::bench {

/// Is shown every entry of a table, then judges: every resident page is in the table exactly once,
/// under its buffer; every entry leads to a buffer that holds its page; no buffer is pinned or
/// locked.
class TableCheck {
  public:
    explicit TableCheck(const BufferPool& pool) : pool_(pool), seen_(pool.count()) {}

    /// An entry as one comes upon it in the table. `found` is the buffer that a
    /// search for its tag gives.
    void entry(const BufferTag& tag, Buffer buffer, Buffer found);

    /// Notes something else that is wrong, if it is the first.
    void fail(std::string what);

    /// Throws std::runtime_error that says what is wrong, if anything is.
    void finish();

  private:
    const BufferPool& pool_;
    std::vector<bool> seen_;
    std::string problem_;
};

class MappingTable;

/// Shows a whole table to the check.
void check_entries(const MappingTable& table, TableCheck& check);

}  // namespace lwlock::bench
