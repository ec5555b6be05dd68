/// \file
/// Turns calls of the misuse handler into exceptions that a test can look at.
#pragma once

#include <exception>
#include <string>

#include "lwlock/misuse.hpp"

namespace lwlock::tests {

/// What the handler was told, copied.
class MisuseError : public std::exception {
  public:
    explicit MisuseError(const Misuse& misuse);

    const Misuse& misuse() const { return misuse_; }
    const std::string& tranche_name() const { return tranche_name_; }
    const char* what() const noexcept override { return line_.c_str(); }

  private:
    Misuse misuse_;
    std::string tranche_name_;
    std::string line_;
};

/// While it lives, misuse throws MisuseError.
class MisuseCapture {
  public:
    MisuseCapture();
    ~MisuseCapture();
    MisuseCapture(const MisuseCapture&) = delete;
    MisuseCapture& operator=(const MisuseCapture&) = delete;

  private:
    MisuseHandler previous_;
};

/// The error that `operation()` was stopped with; Status::ok when it was not.
template <class Operation>
Status misuse_of(Operation operation) {
    const MisuseCapture capture;
    try {
        operation();
    } catch (const MisuseError& error) {
        return error.misuse().error;
    }
    return Status::ok;
}

}  // namespace lwlock::tests
