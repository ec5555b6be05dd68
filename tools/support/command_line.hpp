/// \file
/// What every command-line tool does alike: --help, --version, --json FILE,
/// exit statuses, and errors of one line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/support/duration.hpp"

namespace lwlock::tools {

enum ExitStatus : int {
    kExitOk = 0,      ///< everything asked for was done, and nothing wrong was found
    kExitFailed = 1,  ///< what was examined is not as it should be
    kExitUsage = 2,   ///< a wrong option, or the system refused what the tool needs
};

/// Gives the application its help and version flags and the note on exit statuses.
void set_up(CLI::App& app);

/// `--json FILE`; "-" is standard output.
CLI::Option* add_json_option(CLI::App& app, std::string& path);

/// An option that takes a duration; `value` keeps its default when not given.
CLI::Option* add_duration_option(CLI::App& app, const std::string& name, Nanoseconds& value,
                                 const std::string& description);

/// Checks now that `path` can be written, so that no long run ends in vain.
/// Throws std::runtime_error.
void check_json_path(const std::string& path);
void write_json(const std::string& path, const nlohmann::json& document);

/// Parses the command line, runs the tool, and turns everything that is thrown
/// into one line on standard error and an exit status.
int run_tool(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& tool);

}  // namespace lwlock::tools
