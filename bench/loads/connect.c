/* Connects, goes through the opening, has one message answered and resets the connection, AT_ONCE at a time, for WARM_SECONDS uncounted
 * and then for SECONDS. Prints how many connections that were.
 * Usage: connect PORT WIRE_FILE AT_ONCE WARM_SECONDS SECONDS */
#include "load.h"
#include <sys/socket.h>

struct visit {
  int fd;
  uint32_t exchange; /* how many of the wire's exchanges are over */
  int sent;          /* whether what this step sends is sent */
  size_t length;     /* bytes in `seen` */
  unsigned char seen[1 << 12];
};

static struct wire wire;
static struct sockaddr_in address;
static int poll_fd;

static void begin(struct visit *v) {
  int one = 1;
  v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  v->exchange = v->sent = v->length = 0;
  if (v->fd < 0) fail("socket");
  setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(v->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = v};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, v->fd, &event) < 0) fail("epoll_ctl");
}

/* With a reset, so that no port is kept from use for a minute. */
static void finish(struct visit *v) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(v->fd);
}

/* How many bytes of what was seen end this step, 0 if it goes on. */
static size_t step_ends(const struct visit *v) {
  if (v->exchange == wire.exchanges) {
    size_t reply = wire.replies.ends[1];
    if (v->length < reply) return 0;
    if (memcmp(v->seen, wire.replies.stream, reply) != 0) refuse("a reply is not what it should be");
    return reply;
  }
  struct bytes until = wire.until[v->exchange];
  unsigned char *found = memmem(v->seen, v->length, until.at, until.length);
  return found == NULL ? 0 : (size_t)(found - v->seen) + until.length;
}

/* Goes as far as it can; 1 when the visit is over. */
static int go_on(struct visit *v) {
  for (;;) {
    int last = v->exchange == wire.exchanges;
    if (!v->sent) {
      const unsigned char *at = last ? wire.requests.stream : wire.send[v->exchange].at;
      size_t length = last ? wire.requests.ends[1] : wire.send[v->exchange].length;
      ssize_t n = length == 0 ? 0 : write(v->fd, at, length);
      if (n < 0 && errno == EAGAIN) return 0;
      if (n != (ssize_t)length) fail("write");
      v->sent = 1;
    }
    size_t end;
    while ((end = step_ends(v)) == 0) {
      if (v->length == sizeof v->seen) refuse("the server's answer to the opening does not end as expected");
      ssize_t n = read(v->fd, v->seen + v->length, sizeof v->seen - v->length);
      if (n < 0 && errno == EAGAIN) return 0;
      if (n <= 0) fail("read");
      v->length += n;
    }
    if (last) return 1;
    memmove(v->seen, v->seen + end, v->length -= end);
    v->exchange++;
    v->sent = 0;
  }
}

static uint64_t run(double seconds) {
  struct epoll_event events[256];
  uint64_t visits = 0;
  for (double end = now() + seconds; now() < end;) {
    int ready = epoll_wait(poll_fd, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      struct visit *v = events[i].data.ptr;
      if (!(events[i].events & (EPOLLIN | EPOLLOUT)) || !go_on(v)) continue;
      finish(v);
      begin(v);
      visits++;
    }
  }
  return visits;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: connect PORT WIRE_FILE AT_ONCE WARM_SECONDS SECONDS\n");
    return 2;
  }
  address = address_of(atoi(argv[1]));
  wire = read_wire(argv[2]);
  int at_once = atoi(argv[3]);
  struct visit *visits = calloc(at_once, sizeof *visits);
  poll_fd = epoll_create1(0);
  for (int i = 0; i < at_once; i++) begin(&visits[i]);
  run(atof(argv[4]));
  say_and_wait("warm");
  double start = now(), cpu = cpu_seconds();
  uint64_t made = run(atof(argv[5]));
  tell_result(made, now() - start, cpu_seconds() - cpu);
  return 0;
}
