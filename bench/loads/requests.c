/* CONNECTIONS sockets with IN_FLIGHT requests each, for WARM_SECONDS uncounted and then for SECONDS, or until MESSAGES are answered.
 * Checks every byte of every reply. Both times everything asked is answered before the clock stops.
 * Usage: requests PORT WIRE_FILE CONNECTIONS IN_FLIGHT WARM_SECONDS SECONDS [MESSAGES] */
#include "load.h"

static struct wire wire;
static struct connection *connections;
static int count, poll_fd;
static uint64_t in_flight;

static void allow(struct connection *c) {
  c->allowed = bytes_of(&wire.requests, c->messages + in_flight);
}

static uint64_t answered(void) {
  uint64_t messages = 0;
  for (int i = 0; i < count; i++) messages += connections[i].messages;
  return messages;
}

static void turn(int growing) {
  struct epoll_event events[256];
  int ready = epoll_wait(poll_fd, events, 256, 100);
  for (int i = 0; i < ready; i++) {
    struct connection *c = events[i].data.ptr;
    if (events[i].events & (EPOLLERR | EPOLLHUP)) refuse("a connection was lost");
    if (events[i].events & EPOLLIN) pump_in(c, &wire.replies);
    if (growing) allow(c);
    pump_out(c, &wire.requests);
  }
}

static int owed(void) {
  for (int i = 0; i < count; i++)
    if (bytes_of(&wire.requests, connections[i].messages) < connections[i].allowed) return 1;
  return 0;
}

static void run(double seconds, uint64_t messages) {
  double end = now() + seconds, stalled = end + 30;
  for (int i = 0; i < count; i++) {
    allow(&connections[i]);
    pump_out(&connections[i], &wire.requests);
  }
  for (unsigned turns = 1; now() < end; turns++) {
    turn(1);
    if (messages > 0 && turns % 64 == 0 && answered() >= messages) break;
  }
  while (owed()) {
    if (now() > stalled) refuse("for 30 s not every request was answered");
    turn(0);
  }
}

int main(int argc, char **argv) {
  if (argc < 7 || argc > 8) {
    fprintf(stderr, "usage: requests PORT WIRE_FILE CONNECTIONS IN_FLIGHT WARM_SECONDS SECONDS [MESSAGES]\n");
    return 2;
  }
  int port = atoi(argv[1]);
  wire = read_wire(argv[2]);
  count = atoi(argv[3]);
  in_flight = atoi(argv[4]);
  poll_fd = epoll_create1(0);
  connections = open_connections(port, &wire, count, poll_fd);
  run(atof(argv[5]), 0);
  say_and_wait("warm");
  uint64_t before = answered();
  double start = now(), cpu = cpu_seconds();
  run(atof(argv[6]), argc == 8 ? before + strtoull(argv[7], NULL, 10) : 0);
  tell_result(answered() - before, now() - start, cpu_seconds() - cpu);
  return 0;
}
