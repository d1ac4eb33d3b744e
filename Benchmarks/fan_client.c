// Many subscribers of a stream in one lean process: counts what they receive, and how old a part of it is.
//
//   fan_client PORT CONNECTIONS SECONDS WARM_UP REQUEST [SUBPROTOCOL]
//
// Each connection sends REQUEST after the handshake, unless it is empty, and then only reads. Ages count from the first
// number after "t":[ of a message, the microsecond at which it was due; of many frames a part is looked at. Prints a JSON object
// after a line "ready" once all are connected, and takes a line on standard input as the sign to begin.

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include "websocket.h"

enum { READ_BYTES = 256 * 1024, SAMPLES_MAX = 8 << 20, SAMPLED_WHOLE = 1 << 16, SAMPLED = 16 };

struct connection {
    int fd;
    uint8_t header[HEADER_BYTES_MAX];
    uint8_t header_count;
    uint64_t skip;  // bytes of the payload at hand that are still to come
};

static struct connection *connections;
static uint8_t bytes[READ_BYTES];
static float *samples;
static size_t sample_count, frame_count, byte_count;
static double merged_count;  // messages that the samples stand for
static int64_t received_ns;
static int is_measuring;

static int compare(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double quantile(double share) {
    return sample_count ? samples[(size_t)(share * (double)(sample_count - 1))] : 0;
}

static void open_connection(struct connection *connection, int port, const char *request, const char *subprotocol) {
    static struct reader reader;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    no_delay(fd);
    char text[1024];
    int length = snprintf(
        text, sizeof text,
        "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%s%s%s"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        port, *subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol, *subprotocol ? "\r\n" : "");
    send_all(fd, text, (size_t)length);
    reader.fd = fd;
    reader.start = reader.end = 0;
    char *head = reader_head(&reader);
    if (!head || strncmp(head, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "the upgrade was refused: %.200s\n", head ? head : "no answer");
        exit(1);
    }
    connection->fd = fd;
    // A frame that began in what was read with the head goes on in what is read next.
    struct frame frame;
    while (reader_frame(&reader, &frame)) {}
    size_t rest = reader.end - reader.start;
    if (rest > 0) {
        uint8_t *at = reader.bytes + reader.start;
        size_t size = 2 + ((at[1] & 127) == 126 ? 2 : (at[1] & 127) == 127 ? 8 : 0);
        if (rest < size) {
            memcpy(connection->header, at, rest);
            connection->header_count = (uint8_t)rest;
        } else {
            uint64_t payload = at[1] & 127;
            if (payload == 126) payload = (uint64_t)at[2] << 8 | at[3];
            connection->skip = payload - (rest - size);
        }
    }
    if (*request) send_frame(fd, 1, request, strlen(request), 1);
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

// The age of a message whose beginning is in the buffer.
static void take_age(const uint8_t *payload, size_t length) {
    const char *at = memmem(payload, length < 120 ? length : 120, "\"t\":[", 5);
    if (!at || sample_count == SAMPLES_MAX || (const uint8_t *)at + 25 > payload + length) return;
    int64_t due_us = strtoll(at + 5, NULL, 10);
    const char *n = memmem(payload, (size_t)((const uint8_t *)at - payload), "\"n\":", 4);
    merged_count += n ? (double)strtoll(n + 4, NULL, 10) : 1;
    samples[sample_count++] = (float)((double)(received_ns - due_us * 1000) / 1000);
}

static void take(struct connection *connection, size_t count) {
    size_t at = 0;
    while (at < count) {
        if (connection->skip > 0) {
            size_t part = connection->skip < count - at ? (size_t)connection->skip : count - at;
            connection->skip -= part;
            at += part;
            continue;
        }
        connection->header[connection->header_count++] = bytes[at++];
        if (connection->header_count < 2) continue;
        uint8_t length = connection->header[1] & 127;
        size_t size = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0);
        if (connection->header_count < size) continue;
        uint64_t payload = length;
        if (size > 2) {
            payload = 0;
            for (size_t i = 2; i < size; i++) payload = payload << 8 | connection->header[i];
        }
        uint8_t opcode = connection->header[0] & 15;
        if (opcode == 8) {
            fprintf(stderr, "closed by the server: %.*s\n", (int)(count - at < 125 ? count - at : 125), (char *)bytes + at);
            exit(1);
        }
        if (opcode == 9) send_frame(connection->fd, 10, "", 0, 1);
        connection->header_count = 0;
        connection->skip = payload;
        if (!is_measuring || opcode > 2) continue;
        frame_count++;
        byte_count += size + payload;
        if (frame_count <= SAMPLED_WHOLE || frame_count % SAMPLED == 0)
            take_age(bytes + at, count - at < payload ? count - at : (size_t)payload);
    }
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int poller;

// Reads whatever is there; waits for it at most so many milliseconds. Nonzero once standard input has something to say.
static int receive(int milliseconds) {
    struct epoll_event events[256];
    int ready = epoll_wait(poller, events, 256, milliseconds), has_line = 0;
    for (int i = 0; i < ready; i++) {
        if (events[i].data.u32 == UINT32_MAX) {
            has_line = 1;
            continue;
        }
        struct connection *connection = &connections[events[i].data.u32];
        ssize_t count = recv(connection->fd, bytes, READ_BYTES, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (count <= 0) fail("recv");
        received_ns = now_ns();
        take(connection, (size_t)count);
    }
    return has_line;
}

static void watch(int fd, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

int main(int count, char **arguments) {
    if (count < 6) {
        fprintf(stderr, "usage: see the first lines of fan_client.c\n");
        return 2;
    }
    int port = atoi(arguments[1]), number = atoi(arguments[2]);
    double seconds = atof(arguments[3]), warm_up = atof(arguments[4]);
    struct rlimit files = {1 << 16, 1 << 16};
    setrlimit(RLIMIT_NOFILE, &files);
    connections = calloc((size_t)number, sizeof *connections);
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    poller = epoll_create1(0);
    if (!connections || !samples || poller < 0) fail("memory");
    for (int i = 0; i < number; i++) {
        open_connection(&connections[i], port, arguments[5], count > 6 ? arguments[6] : "");
        watch(connections[i].fd, (uint32_t)i);
        receive(0);  // those that are open already get deltas: unread, they would be old when the measurement begins
    }
    printf("ready\n");
    fflush(stdout);
    watch(STDIN_FILENO, UINT32_MAX);
    while (!receive(50)) {}
    if (epoll_ctl(poller, EPOLL_CTL_DEL, STDIN_FILENO, NULL) != 0) fail("epoll_ctl");
    int64_t start = now_ns(), until = start + (int64_t)((warm_up + seconds) * 1e9);
    double cpu = 0;
    for (int64_t now = start; now < until; now = now_ns()) {
        if (!is_measuring && now >= start + (int64_t)(warm_up * 1e9)) {
            is_measuring = 1;
            cpu = cpu_seconds();
        }
        receive(20);
    }
    cpu = cpu_seconds() - cpu;
    qsort(samples, sample_count, sizeof *samples, compare);
    printf(
        "{\"frames\":%zu,\"per_second\":%.0f,\"bytes\":%zu,\"samples\":%zu,\"p50\":%.1f,\"p99\":%.1f,\"p99_9\":%.1f,"
        "\"merged\":%.3f,\"client_cpu_s\":%.3f}\n",
        frame_count, (double)frame_count / seconds, byte_count, sample_count, quantile(0.5), quantile(0.99),
        quantile(0.999), sample_count ? merged_count / (double)sample_count : 1, cpu);
    return 0;
}
