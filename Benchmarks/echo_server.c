// The baseline of the latency figures: a WebSocket server that does nothing but send every message back.
//
//   echo_server PORT      serves one connection after the other on loopback until it is ended

#define _GNU_SOURCE
#include "websocket.h"

static struct reader reader;

// Every handshake of the load generator has the key of RFC 6455's example, so the accept value is the example's too.
static const char answer[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void serve(int fd) {
    struct frame frame;
    reader.fd = fd;
    reader.start = reader.end = 0;
    if (!reader_head(&reader)) return;
    send_all(fd, answer, sizeof answer - 1);
    while (reader_fill(&reader))
        while (reader_frame(&reader, &frame)) {
            if (frame.opcode == 8) return;
            send_frame(fd, frame.opcode, (char *)frame.payload, frame.length, 0);
        }
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) fail("listen");
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) fail("accept");
        no_delay(fd);
        serve(fd);
        close(fd);
    }
}
