// The smallest use: a lock of one process, with the standard's guards.

// [quickstart]
#include <lwlock/lwlock.hpp>
#include <mutex>
#include <shared_mutex>

lwlock::Lock lock;  // 16 bytes; all zero is a free lock
int balance = 0;

int read_balance() {
    std::shared_lock hold(lock);  // beside other readers
    return balance;
}

void deposit(int amount) {
    std::unique_lock hold(lock);  // alone
    balance += amount;
}
// [/quickstart]

int main() {
    deposit(40);
    deposit(2);
    return read_balance() == 42 ? 0 : 1;
}
