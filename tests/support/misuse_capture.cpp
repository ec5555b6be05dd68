#include "tests/support/misuse_capture.hpp"

namespace lwlock::tests {
namespace {

void throw_error(const Misuse& misuse) { throw MisuseError(misuse); }

}  // namespace

MisuseError::MisuseError(const Misuse& misuse)
    : misuse_(misuse), tranche_name_(misuse.tranche_name) {
    char line[512];
    format_misuse(misuse, line, sizeof line);
    line_ = line;
    misuse_.tranche_name = nullptr;
}

MisuseCapture::MisuseCapture() : previous_(set_misuse_handler(throw_error)) {}

MisuseCapture::~MisuseCapture() { set_misuse_handler(previous_); }

}  // namespace lwlock::tests
