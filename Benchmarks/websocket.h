// The least of HTTP and WebSocket (RFC 6455) that a load generator needs: blocking sockets, no allocation per message.

#ifndef BENCHMARK_WEBSOCKET_H
#define BENCHMARK_WEBSOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20, HEADER_BYTES_MAX = 14 };

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void send_all(int fd, const void *bytes, size_t count) {
    const char *at = bytes;
    while (count > 0) {
        ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) fail("send");
        at += sent;
        count -= (size_t)sent;
    }
}

static void no_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Writes a frame header; masked frames use the key zero, so that the payload goes out as it is.
static size_t frame_header(uint8_t *header, uint8_t opcode, size_t length, int is_masked) {
    size_t size = 2;
    header[0] = 0x80 | opcode;
    if (length < 126) {
        header[1] = (uint8_t)length;
    } else if (length < 65536) {
        header[1] = 126;
        header[2] = (uint8_t)(length >> 8);
        header[3] = (uint8_t)length;
        size = 4;
    } else {
        header[1] = 127;
        for (int i = 0; i < 8; i++) header[2 + i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
        size = 10;
    }
    if (is_masked) {
        header[1] |= 0x80;
        memset(header + size, 0, 4);
        size += 4;
    }
    return size;
}

static void send_frame(int fd, uint8_t opcode, const char *payload, size_t length, int is_masked) {
    uint8_t frame[HEADER_BYTES_MAX + 65536];
    size_t header = frame_header(frame, opcode, length, is_masked);
    if (length > 65536) fail("a frame is too long");
    memcpy(frame + header, payload, length);
    send_all(fd, frame, header + length);
}

// A buffered reader of frames.
struct reader {
    int fd;
    size_t start, end;
    int64_t received_ns;  // when the last bytes were read
    uint8_t bytes[BUFFER_BYTES];
};

// Reads more bytes; 0 at the end of the connection or after the socket's receive timeout.
static int reader_fill(struct reader *reader) {
    if (reader->start > 0) {
        memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end == BUFFER_BYTES) fail("a message is longer than the buffer");
    for (;;) {
        ssize_t count = recv(reader->fd, reader->bytes + reader->end, BUFFER_BYTES - reader->end, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return 0;
        reader->received_ns = now_ns();
        reader->end += (size_t)count;
        return 1;
    }
}

struct frame {
    uint8_t opcode;
    uint8_t *payload;
    size_t length;
};

// Takes the next whole frame out of the buffer, unmasked; 0 if there is none.
static int reader_frame(struct reader *reader, struct frame *frame) {
    uint8_t *at = reader->bytes + reader->start;
    size_t count = reader->end - reader->start, header = 2;
    if (count < header) return 0;
    size_t length = at[1] & 127;
    size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (count < header + extended) return 0;
    if (extended) {
        length = 0;
        for (size_t i = 0; i < extended; i++) length = length << 8 | at[2 + i];
        header += extended;
    }
    int is_masked = at[1] & 0x80;
    uint8_t *key = at + header;
    if (is_masked) header += 4;
    if (count < header || count - header < length) return 0;
    frame->opcode = at[0] & 15;
    frame->payload = at + header;
    frame->length = length;
    if (is_masked)
        for (size_t i = 0; i < length; i++) frame->payload[i] ^= key[i & 3];
    reader->start += header + length;
    return 1;
}

// Reads an HTTP head and leaves what follows in the buffer; the head, ended by a zero byte, or NULL.
static char *reader_head(struct reader *reader) {
    for (;;) {
        uint8_t *at = reader->bytes + reader->start;
        size_t count = reader->end - reader->start;
        uint8_t *end = memmem(at, count, "\r\n\r\n", 4);
        if (end) {
            end[2] = 0;
            reader->start += (size_t)(end - at) + 4;
            return (char *)at;
        }
        if (!reader_fill(reader)) return NULL;
    }
}

#endif
