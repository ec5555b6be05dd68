/* One thread that waits for many locks at once, in C. */

#include <lwlock/lwlock.h>
#include <pthread.h>
#include <stdio.h>

enum { PAGES = 100, ROUNDS = 1000 };

static lwlock_t pages[PAGES];
static int written;

/* [requests] */
static void write_page(lwlock_async_request_t* request, int status) {
    if (status < 0) return; /* lwlock_describe(status) says what is wrong */
    ++written;
    lwlock_release(request->lock);
}

/* Asks for all pages at once and writes each as soon as it can be had. */
static int write_pages(lwlock_async_queue_t* queue) {
    static lwlock_async_request_t requests[PAGES]; /* all zero, apart from what is set */
    for (int i = 0; i < PAGES; i++) {
        requests[i].lock = &pages[i];
        requests[i].mode = LWLOCK_EXCLUSIVE;
        requests[i].done = write_page;
        const int status = lwlock_async_acquire(queue, &requests[i]);
        if (status != LWLOCK_BUSY) write_page(&requests[i], status); /* it was free */
    }
    while (lwlock_async_pending(queue) != 0) {
        const int status = lwlock_async_poll(queue, INT64_MAX);
        if (status < 0) return status;
    }
    return LWLOCK_OK;
}
/* [/requests] */

/* Another thread has some of the pages for a while. */
static void* use_pages(void* unused) {
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PAGES; i += 3) lwlock_acquire(&pages[i], LWLOCK_EXCLUSIVE);
        lwlock_release_all();
    }
    return unused;
}

int main(void) {
    lwlock_async_queue_t queue = {0};
    pthread_t other;
    if (pthread_create(&other, NULL, use_pages, NULL) != 0) return 1;
    int status = lwlock_async_create(NULL, &queue);
    if (status == LWLOCK_OK) status = write_pages(&queue);
    if (status == LWLOCK_OK) status = lwlock_async_destroy(&queue);
    pthread_join(other, NULL);
    printf("%d pages written\n", written);
    return status == LWLOCK_OK && written == PAGES ? 0 : 1;
}
