// Measures how old a message is when a subscriber has read it. Open loop: ages count from the time at which the message
// was due, which the message bears, so that a stall is seen in every message behind it.
//
//   latency_client stream PORT SECONDS WARM_UP SYMBOL...    deltas of /v1/stream; t[0] of a delta is the time it was due
//   latency_client echo PORT SECONDS WARM_UP RATE BYTES     its own messages, sent at a steady rate to an echo server
//
// Prints one JSON object; times are microseconds.

#define _GNU_SOURCE
#include <pthread.h>
#include <sys/prctl.h>
#include "websocket.h"

enum { SAMPLES_MAX = 32 << 20 };

static struct reader reader;
static float *samples;
static size_t sample_count, byte_count;
static int64_t measure_from_ns, measure_until_ns;

static int connect_loopback(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    no_delay(fd);
    return fd;
}

static int compare(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double quantile(double share) {
    return samples[(size_t)(share * (double)(sample_count - 1))];
}

static void report(double seconds) {
    if (sample_count == 0) {
        printf("{\"messages\":0}\n");
        return;
    }
    qsort(samples, sample_count, sizeof *samples, compare);
    printf(
        "{\"messages\":%zu,\"per_second\":%.0f,\"bytes_per_message\":%.0f,\"min\":%.1f,\"p50\":%.1f,\"p90\":%.1f,"
        "\"p99\":%.1f,\"p99_9\":%.1f,\"max\":%.1f}\n",
        sample_count, (double)sample_count / seconds, (double)byte_count / (double)sample_count, quantile(0),
        quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), quantile(1));
}

static void handshake(int port, const char *path) {
    char request[512];
    reader.fd = connect_loopback(port);
    int length = snprintf(
        request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        path, port);
    send_all(reader.fd, request, (size_t)length);
    struct timeval timeout = {.tv_sec = 10};
    setsockopt(reader.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    char *head = reader_head(&reader);
    if (!head || strncmp(head, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "the upgrade was refused: %.200s\n", head ? head : "no answer");
        exit(1);
    }
}

static void set_window(double seconds, double warm_up) {
    int64_t start = now_ns();
    measure_from_ns = start + (int64_t)(warm_up * 1e9);
    measure_until_ns = measure_from_ns + (int64_t)(seconds * 1e9);
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    if (!samples) fail("malloc");
}

// Takes the age of one message: the first number after "t":[ is the microsecond at which it was due.
static void take(const struct frame *frame) {
    if (reader.received_ns < measure_from_ns || sample_count == SAMPLES_MAX) return;
    const char *at = memmem(frame->payload, frame->length, "\"t\":[", 5);
    if (!at) return;
    int64_t due_us = strtoll(at + 5, NULL, 10);
    samples[sample_count++] = (float)((double)(reader.received_ns - due_us * 1000) / 1000);
    byte_count += frame->length;
}

static void receive(const char *prefix) {
    size_t prefix_length = strlen(prefix);
    struct frame frame;
    do {
        while (reader_frame(&reader, &frame)) {
            if (frame.opcode == 9) send_frame(reader.fd, 10, (char *)frame.payload, frame.length, 1);
            if (frame.opcode == 8) {
                fprintf(stderr, "closed by the server: %.*s\n", (int)frame.length, (char *)frame.payload);
                exit(1);
            }
            if (frame.length > prefix_length && memcmp(frame.payload, prefix, prefix_length) == 0) take(&frame);
        }
    } while (now_ns() < measure_until_ns && reader_fill(&reader));
}

static void run_stream(int port, double seconds, double warm_up, int count, char **symbols) {
    char message[65536];
    size_t length = (size_t)snprintf(
        message, sizeof message, "{\"op\":\"subscribe\",\"id\":1,\"features\":[\"*\"],\"mode\":\"all\",\"symbols\":[");
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(message + length, sizeof message - length, "%s\"%s\"", i ? "," : "", symbols[i]);
    length += (size_t)snprintf(message + length, sizeof message - length, "]}");
    handshake(port, "/v1/stream");
    send_frame(reader.fd, 1, message, length, 1);
    set_window(seconds, warm_up);
    receive("{\"op\":\"d\"");
    report(seconds);
}

struct pace {
    double rate;
    size_t bytes;
};

static void *send_at_pace(void *argument) {
    struct pace *pace = argument;
    char payload[65536];
    memset(payload, ' ', sizeof payload);
    prctl(PR_SET_TIMERSLACK, 1UL);  // the default of 50 us would be measured as the server's
    int64_t start = now_ns() + 1000000;
    for (int64_t i = 0;; i++) {
        int64_t due = start + (int64_t)((double)i * 1e9 / pace->rate);
        if (due > measure_until_ns) return NULL;
        struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
        int length = snprintf(payload, sizeof payload, "{\"op\":\"d\",\"t\":[%lld]}", (long long)(due / 1000));
        payload[length] = ' ';
        send_frame(reader.fd, 1, payload, pace->bytes, 1);
    }
}

static void run_echo(int port, double seconds, double warm_up, double rate, size_t bytes) {
    pthread_t sender;
    struct pace pace = {rate, bytes};
    handshake(port, "/");
    set_window(seconds, warm_up);
    if (pthread_create(&sender, NULL, send_at_pace, &pace) != 0) fail("pthread_create");
    receive("{\"op\":\"d\"");
    pthread_join(sender, NULL);
    report(seconds);
}

int main(int count, char **arguments) {
    if (count >= 6 && strcmp(arguments[1], "stream") == 0) {
        run_stream(atoi(arguments[2]), atof(arguments[3]), atof(arguments[4]), count - 5, arguments + 5);
    } else if (count == 7 && strcmp(arguments[1], "echo") == 0) {
        run_echo(
            atoi(arguments[2]), atof(arguments[3]), atof(arguments[4]), atof(arguments[5]), (size_t)atoi(arguments[6]));
    } else {
        fprintf(stderr, "usage: see the first lines of latency_client.c\n");
        return 2;
    }
    return 0;
}
