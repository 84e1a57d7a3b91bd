/* Pipelined echo load: CONNECTIONS sockets, IN_FLIGHT frames each, PAYLOAD bytes behind a 4-byte length, for SECONDS.
 * Checks every byte of every reply, and prints the number of messages echoed.
 * Usage: echo-load PORT CONNECTIONS IN_FLIGHT PAYLOAD SECONDS */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct connection {
  int fd;
  size_t sent;      /* bytes sent so far */
  size_t allowed;   /* bytes that may have been sent: IN_FLIGHT frames more than were answered */
  size_t received;  /* bytes received so far */
};

static unsigned char *frames; /* enough repetitions of one frame to check or send any stretch of the stream */
static size_t frame_size, frames_size;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void pump_out(struct connection *c) {
  while (c->sent < c->allowed) {
    size_t phase = c->sent % frame_size, length = c->allowed - c->sent;
    if (length > frames_size - phase) length = frames_size - phase;
    ssize_t n = write(c->fd, frames + phase, length);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("write");
    c->sent += n;
  }
}

static void pump_in(struct connection *c, size_t in_flight) {
  static unsigned char buffer[1 << 18];
  ssize_t n = read(c->fd, buffer, sizeof buffer);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail("read");
  for (ssize_t at = 0; at < n;) {
    size_t phase = (c->received + at) % frame_size, length = n - at;
    if (length > frames_size - phase) length = frames_size - phase;
    if (memcmp(buffer + at, frames + phase, length) != 0) {
      fprintf(stderr, "a reply differs from its request\n");
      exit(1);
    }
    at += length;
  }
  c->received += n;
  c->allowed = (c->received / frame_size + in_flight) * frame_size;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: echo-load PORT CONNECTIONS IN_FLIGHT PAYLOAD SECONDS\n");
    return 2;
  }
  int port = atoi(argv[1]), count = atoi(argv[2]);
  size_t in_flight = atoi(argv[3]), payload = atoi(argv[4]);
  double seconds = atof(argv[5]);
  frame_size = payload + 4;
  size_t repeats = (1 << 18) / frame_size + 2;
  frames_size = repeats * frame_size;
  frames = malloc(frames_size);
  for (size_t i = 0; i < repeats; i++) {
    unsigned char *frame = frames + i * frame_size;
    frame[0] = payload >> 24, frame[1] = payload >> 16, frame[2] = payload >> 8, frame[3] = payload;
    for (size_t j = 0; j < payload; j++) frame[4 + j] = 'a' + j % 26;
  }
  struct connection *connections = calloc(count, sizeof *connections);
  int poll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  for (int i = 0; i < count; i++) {
    struct connection *c = &connections[i];
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->allowed = in_flight * frame_size;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
  }
  double end = now() + seconds;
  struct epoll_event events[256];
  while (now() < end) {
    int ready = epoll_wait(poll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & (EPOLLERR | EPOLLHUP)) {
        fprintf(stderr, "a connection was lost\n");
        return 1;
      }
      size_t before;
      do {
        before = c->received;
        pump_in(c, in_flight);
      } while (c->received != before);
      pump_out(c);
    }
  }
  unsigned long long messages = 0;
  for (int i = 0; i < count; i++) messages += connections[i].received / frame_size;
  printf("%llu\n", messages);
  return 0;
}
