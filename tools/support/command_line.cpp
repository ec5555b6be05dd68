#include "tools/support/command_line.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace lwlock::tools {

void set_up(CLI::App& app) {
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.set_version_flag("--version", app.get_name() + " " LWLOCK_VERSION,
                         "Print the version and exit");
    app.get_formatter()->column_width(38);
    app.footer(
        "Exit status: 0 nothing wrong was found, 1 something was, 2 wrong usage or a refusal of "
        "the system.");
}

CLI::Option* add_json_option(CLI::App& app, std::string& path) {
    return app.add_option("--json", path, "Write the result as JSON; - is standard output")
        ->type_name("FILE");
}

CLI::Option* add_duration_option(CLI::App& app, const std::string& name, Nanoseconds& value,
                                 const std::string& description) {
    return app
        .add_option_function<std::string>(
            name,
            [name, &value](const std::string& text) {
                try {
                    value = parse_duration(text);
                } catch (const std::invalid_argument& error) {
                    throw CLI::ValidationError(name, error.what());
                }
            },
            description)
        ->type_name("TIME")
        ->default_str(format_duration(value));
}

void check_json_path(const std::string& path) {
    if (path.empty() || path == "-") return;
    if (!std::ofstream(path, std::ios::app)) {
        throw std::runtime_error("--json: cannot write " + path + "; name a file that can be");
    }
}

void write_json(const std::string& path, const nlohmann::json& document) {
    if (path.empty()) return;
    if (path == "-") {
        std::cout << document.dump(2) << std::endl;
        return;
    }
    std::ofstream file(path);
    file << document.dump(2) << '\n';
    file.close();
    if (!file) throw std::runtime_error("--json: writing " + path + " failed; is there room?");
}

int run_tool(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& tool) {
    try {
        app.parse(argc, argv);
        return tool();
    } catch (const CLI::Success& help_or_version) {
        return app.exit(help_or_version);
    } catch (const CLI::ParseError& error) {
        std::cerr << app.get_name() << ": " << error.what() << "; see " << app.get_name()
                  << " --help\n";
    } catch (const std::exception& error) {
        std::cerr << app.get_name() << ": " << error.what() << '\n';
    }
    return kExitUsage;
}

}  // namespace lwlock::tools
