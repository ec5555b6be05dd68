/// \file
/// What the command lines of the benchmark programs have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

/// A command line with the common options, to which a program adds its own.
class CommandLine {
  public:
    CommandLine(const char* description, CommonOptions& common,
                const std::vector<std::string>& implementations);

    CLI::App& app() { return app_; }
    /// On `--help` and on a mistake it prints what there is to say and ends the program.
    void parse(int argc, char** argv);

  private:
    CLI::App app_;
    CommonOptions& common_;
};

}  // namespace lwlock::bench
