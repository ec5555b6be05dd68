#include "bench/read_mostly/options.hpp"

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

ReadMostlyOptions parse_read_mostly(int argc, char** argv,
                                    const std::vector<std::string>& implementations) {
    ReadMostlyOptions options;
    options.common.implementations = {"futex", "posix_sem"};
    CommandLine line("Lets backends read under one lock, and now and then change something.",
                     options.common, implementations);
    add_contest_options(line.app(), options, "how many read");
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
