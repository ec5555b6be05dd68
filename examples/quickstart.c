/* The smallest use from C: every function returns a status. */

/* [quickstart] */
#include <lwlock/lwlock.h>

static lwlock_t lock; /* 16 bytes; all zero is a free lock */
static int balance;

static int deposit(int amount) {
    const int status = lwlock_acquire(&lock, LWLOCK_EXCLUSIVE);
    if (status < 0) return status; /* lwlock_describe(status) says what is wrong */
    balance += amount;
    return lwlock_release(&lock);
}
/* [/quickstart] */

int main(void) {
    if (deposit(40) != LWLOCK_OK || deposit(2) != LWLOCK_OK) return 1;
    return balance == 42 ? 0 : 1;
}
