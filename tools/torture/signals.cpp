#include "tools/torture/signals.hpp"

#include <time.h>

#include <cerrno>

namespace lwlock::torture {
namespace {

constinit thread_local Record* my_record = nullptr;
volatile std::sig_atomic_t was_interrupted = 0;

void on_disturbance(int) {
    Record* const record = my_record;
    if (record == nullptr) return;
    const int saved = errno;
    count(record->signals);
    const std::uint64_t stop = record->stop_for.exchange_seq_cst(0);
    if (stop != 0) {
        record->standing.store_release(1);
        const timespec time{.tv_sec = static_cast<time_t>(stop / 1'000'000'000),
                            .tv_nsec = static_cast<long>(stop % 1'000'000'000)};
        nanosleep(&time, nullptr);
        record->standing.store_release(0);
    }
    errno = saved;
}

void on_interrupt(int) { was_interrupted = 1; }

}  // namespace

void receive_signals(Record& record) {
    my_record = &record;
    struct sigaction action {};
    action.sa_handler = on_disturbance;  // no SA_RESTART: system calls end with EINTR
    sigaction(kDisturbingSignal, &action, nullptr);
}

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return was_interrupted != 0; }

}  // namespace lwlock::torture
