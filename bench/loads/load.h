/* What all loads share: the wire (how messages look), connections, the clock, and how they talk with the runner.
 *
 * A wire file, all numbers 32 bits little endian: the number of exchanges when a connection opens, for each what is sent and
 * what is read until it has come; what the server sends of its own accord some time later, often nothing; the number of messages in
 * a cycle; the requests; the replies; each as a length and bytes. */
#ifndef LOAD_H
#define LOAD_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct bytes {
  unsigned char *at;
  size_t length;
};

/* One direction: a cycle of messages, repeated so often that any stretch of the stream can be sent or checked in one piece. */
struct side {
  unsigned char *stream;
  size_t size;    /* of the stream */
  size_t cycle;   /* bytes of one cycle */
  uint32_t count; /* messages in a cycle */
  size_t *ends;   /* ends[n] are the bytes of the first n messages of a cycle */
};

struct wire {
  uint32_t exchanges;
  struct bytes *send, *until, later;
  struct side requests, replies;
};

struct connection {
  int fd;
  size_t sent;       /* bytes sent so far */
  size_t allowed;    /* bytes that may have been sent */
  size_t received;   /* bytes received so far */
  uint64_t messages; /* whole replies received so far */
};

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline void refuse(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static inline double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static uint32_t read_number(FILE *file) {
  unsigned char b[4];
  if (fread(b, 1, 4, file) != 4) refuse("the wire file is cut short");
  return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

static struct bytes read_bytes(FILE *file) {
  struct bytes bytes = {.length = read_number(file)};
  bytes.at = malloc(bytes.length + 1);
  if (fread(bytes.at, 1, bytes.length, file) != bytes.length) refuse("the wire file is cut short");
  return bytes;
}

static struct side read_side(FILE *file, uint32_t count) {
  struct side side = {.count = count, .ends = calloc(count + 1, sizeof(size_t))};
  struct bytes *messages = calloc(count, sizeof *messages);
  for (uint32_t i = 0; i < count; i++) {
    messages[i] = read_bytes(file);
    side.ends[i + 1] = side.ends[i] + messages[i].length;
  }
  side.cycle = side.ends[count];
  size_t cycles = (1 << 18) / side.cycle + 2;
  side.size = cycles * side.cycle;
  unsigned char *to = side.stream = malloc(side.size);
  for (size_t c = 0; c < cycles; c++)
    for (uint32_t i = 0; i < count; i++) to = mempcpy(to, messages[i].at, messages[i].length);
  return side;
}

static inline struct wire read_wire(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  struct wire wire = {.exchanges = read_number(file)};
  wire.send = calloc(wire.exchanges, sizeof *wire.send);
  wire.until = calloc(wire.exchanges, sizeof *wire.until);
  for (uint32_t i = 0; i < wire.exchanges; i++) wire.send[i] = read_bytes(file), wire.until[i] = read_bytes(file);
  wire.later = read_bytes(file);
  uint32_t count = read_number(file);
  wire.requests = read_side(file, count);
  wire.replies = read_side(file, count);
  fclose(file);
  return wire;
}

static inline size_t bytes_of(const struct side *side, uint64_t messages) {
  return messages / side->count * side->cycle + side->ends[messages % side->count];
}

static inline struct sockaddr_in address_of(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  return address;
}

static inline void write_all(int fd, const unsigned char *at, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, at, length);
    if (n < 0) fail("write");
    at += n, length -= n;
  }
}

/* Byte by byte, so that nothing is taken of what comes behind. */
static inline void read_until(int fd, struct bytes until) {
  unsigned char seen[1 << 14];
  size_t length = 0;
  while (length < until.length || memcmp(seen + length - until.length, until.at, until.length) != 0) {
    if (length == sizeof seen) refuse("the server's answer to the opening does not end as expected");
    if (read(fd, seen + length++, 1) != 1) fail("read, while a connection opens");
  }
}

/* A connection whose opening is over; its descriptor blocks. */
static inline int open_connection(int port, const struct wire *wire) {
  struct sockaddr_in address = address_of(port);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  for (uint32_t i = 0; i < wire->exchanges; i++) {
    write_all(fd, wire->send[i].at, wire->send[i].length);
    read_until(fd, wire->until[i]);
  }
  return fd;
}

/* Sends what is allowed, as far as the socket takes it. */
static inline void pump_out(struct connection *c, const struct side *requests) {
  while (c->sent < c->allowed) {
    size_t phase = c->sent % requests->cycle, length = c->allowed - c->sent;
    if (length > requests->size - phase) length = requests->size - phase;
    ssize_t n = write(c->fd, requests->stream + phase, length);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("write");
    c->sent += n;
  }
}

/* Takes what has come and checks every byte of it. */
static inline void pump_in(struct connection *c, const struct side *replies) {
  static unsigned char buffer[1 << 18];
  ssize_t n;
  do {
    n = read(c->fd, buffer, sizeof buffer);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("read");
    if (n == 0) refuse("the server closed a connection");
    for (ssize_t at = 0; at < n;) {
      size_t phase = (c->received + at) % replies->cycle, length = n - at;
      if (length > replies->size - phase) length = replies->size - phase;
      if (memcmp(buffer + at, replies->stream + phase, length) != 0) refuse("a reply is not what it should be");
      at += length;
    }
    c->received += n;
  } while (n == sizeof buffer);
  if (replies->count == 1)
    c->messages = c->received / replies->cycle;
  else
    while (bytes_of(replies, c->messages + 1) <= c->received) c->messages++;
}

static inline void watch(int poll, struct connection *c) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
}

/* How many connections wait to be accepted on `port`, as the kernel counts them for a listening socket. */
static inline unsigned accept_queue(int port) {
  const char *tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
  for (int i = 0; i < 2; i++) {
    FILE *file = fopen(tables[i], "r");
    char line[512];
    unsigned local, state, queued;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
      if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%x", &local, &state, &queued) != 3) continue;
      if (local != (unsigned)port || state != 0x0a) continue;
      fclose(file);
      return queued;
    }
    if (file != NULL) fclose(file);
  }
  return 0;
}

/* Servers that accept one connection in each turn would otherwise have their backlog overflow. */
static inline void wait_for_accepts(int port) {
  double stalled = now() + 30;
  while (accept_queue(port) > 0) {
    if (now() > stalled) refuse("for 30 s connections were not accepted");
    usleep(100);
  }
}

/* Opens connections, which the server has then accepted, and watches them once they have heard what the server says later: from then
 * on every byte is checked. */
static inline struct connection *open_connections(int port, const struct wire *wire, int count, int poll) {
  struct connection *connections = calloc(count, sizeof *connections);
  for (int i = 0; i < count; i++) {
    connections[i].fd = open_connection(port, wire);
    if (i % 64 == 63 || i == count - 1) wait_for_accepts(port);
  }
  for (int i = 0; i < count; i++) {
    read_until(connections[i].fd, wire->later);
    watch(poll, &connections[i]);
  }
  return connections;
}

/* Says that it is warm, or holds what it was to hold, and waits until the runner has read its meters. */
static inline void say_and_wait(const char *what) {
  char line[16];
  printf("%s\n", what);
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
}

/* The connections stay open until the runner has read its meters again. */
static inline void tell_result(uint64_t messages, double seconds, double cpu) {
  char result[160];
  snprintf(result, sizeof result, "{\"messages\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.6f}",
           (unsigned long long)messages, seconds, cpu);
  say_and_wait(result);
}
#endif
