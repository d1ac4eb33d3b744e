// What the machine can do, to stand beside every figure: copying memory, and waiting for the disk.
//
//   machine DIRECTORY SECONDS     prints one JSON object

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COPY_BYTES = 256 << 20, RECORD_BYTES = 4096 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// GB/s of memcpy over blocks far larger than the caches; the best of several.
static double copy_rate(double seconds) {
    char *source = malloc(COPY_BYTES), *target = malloc(COPY_BYTES);
    if (!source || !target) return 0;
    memset(source, 1, COPY_BYTES);
    memset(target, 2, COPY_BYTES);
    double best = 0, until = now() + seconds;
    do {
        double start = now();
        memcpy(target, source, COPY_BYTES);
        double rate = COPY_BYTES / (now() - start) / 1e9;
        if (rate > best) best = rate;
    } while (now() < until);
    if (target[COPY_BYTES / 2] != 1) best = 0;  // keeps the copies
    free(source);
    free(target);
    return best;
}

// How often a second a 4 KiB record can be appended and be on the disk.
static double sync_rate(const char *directory, double seconds) {
    char path[4096], record[RECORD_BYTES];
    snprintf(path, sizeof path, "%s/machine.tmp", directory);
    memset(record, 'x', sizeof record);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return 0;
    int count = 0;
    double start = now();
    while (now() < start + seconds) {
        if (write(file, record, sizeof record) != sizeof record || fdatasync(file) != 0) break;
        count++;
    }
    double rate = count / (now() - start);
    close(file);
    unlink(path);
    return rate;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    double seconds = atof(arguments[2]);
    printf(
        "{\"memcpy_gb_per_s\":%.2f,\"fdatasync_per_s\":%.0f}\n", copy_rate(seconds), sync_rate(arguments[1], seconds));
    return 0;
}
