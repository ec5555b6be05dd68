#include "bench/scaling/locked_instructions.hpp"

#ifdef __x86_64__
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#endif

namespace lwlock::bench {

#ifdef __x86_64__
namespace {

constexpr std::uint8_t kBreakpoint = 0xcc;

using Bytes = std::array<std::uint8_t, 16>;

bool is_legacy_prefix(std::uint8_t byte) {
    constexpr std::uint8_t kPrefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0x2e,
                                          0x36, 0x3e, 0x26, 0x64, 0x65};
    return std::memchr(kPrefixes, byte, sizeof kPrefixes) != nullptr;
}

/// Has a lock prefix, or is an exchange with memory, which needs none.
bool is_locked(const Bytes& code) {
    std::size_t at = 0;
    for (; at + 2 < code.size(); ++at) {
        if (code[at] == 0xf0) return true;
        if (!is_legacy_prefix(code[at])) break;
    }
    if ((code[at] & 0xf0) == 0x40) ++at;  // REX
    const bool exchanges = code[at] == 0x86 || code[at] == 0x87;
    return exchanges && code[at + 1] >> 6 != 3;
}

class Traced {
  public:
    explicit Traced(pid_t process) : process_(process) {}

    /// \return whether the child stopped at a trap, and did not end.
    bool step(bool only_one) {
        int status = 0;
        if (ptrace(only_one ? PTRACE_SINGLESTEP : PTRACE_CONT, process_, 0, 0) != 0) return false;
        if (waitpid(process_, &status, 0) != process_) return false;
        return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
    }
    Bytes next_instruction() const {
        user_regs_struct registers;
        ptrace(PTRACE_GETREGS, process_, 0, &registers);
        Bytes code{};
        for (std::size_t at = 0; at < code.size(); at += sizeof(long)) {
            const long word = ptrace(PTRACE_PEEKTEXT, process_, registers.rip + at, 0);
            std::memcpy(&code[at], &word, sizeof word);
        }
        return code;
    }

  private:
    pid_t process_;
};

std::optional<std::uint64_t> count_between_breakpoints(pid_t process) {
    Traced child(process);
    if (!child.step(false)) return std::nullopt;  // now behind the first breakpoint
    std::uint64_t count = 0;
    for (;;) {
        const Bytes code = child.next_instruction();
        if (code[0] == kBreakpoint) return count;
        if (is_locked(code)) ++count;
        if (!child.step(true)) return std::nullopt;
    }
}

}  // namespace

std::optional<std::uint64_t> locked_instructions(const std::function<void()>& prepare,
                                                 const std::function<void()>& piece) {
    const pid_t process = fork();
    if (process < 0) return std::nullopt;
    if (process == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(1);
        raise(SIGSTOP);
        prepare();
        asm volatile("int3" ::: "memory");
        piece();
        asm volatile("int3" ::: "memory");
        _exit(0);
    }
    int status = 0;
    std::optional<std::uint64_t> count;
    if (waitpid(process, &status, 0) == process && WIFSTOPPED(status)) {
        count = count_between_breakpoints(process);
        kill(process, SIGKILL);
        waitpid(process, &status, 0);
    }
    return count;
}
#else
std::optional<std::uint64_t> locked_instructions(const std::function<void()>& /*prepare*/,
                                                 const std::function<void()>& /*piece*/) {
    return std::nullopt;
}
#endif

}  // namespace lwlock::bench
