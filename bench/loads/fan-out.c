/* One of MEMBERS connections publishes, IN_FLIGHT messages at a time; everybody, itself too, receives every one, for WARM_SECONDS
 * uncounted and then for SECONDS. Checks every byte, and prints how many messages were delivered.
 * Usage: fan-out PORT WIRE_FILE MEMBERS IN_FLIGHT WARM_SECONDS SECONDS */
#include "load.h"

static struct wire wire;
static struct connection *members;
static int count, poll_fd;
static uint64_t *first;     /* how many messages a member had when the counting began */
static uint64_t published;  /* since the counting began */
static uint64_t complete;   /* how many of these everybody has */
static int behind;          /* how many members have no more than these */

static uint64_t has(int i) {
  return members[i].messages - first[i];
}

static void take_stock(void) {
  complete = UINT64_MAX;
  for (int i = 0; i < count; i++)
    if (has(i) < complete) complete = has(i), behind = 0;
  for (int i = behind = 0; i < count; i++) behind += has(i) == complete;
}

/* Who publishes hears itself: the messages it has had back are those it has sent. */
static void publish(uint64_t in_flight) {
  published = complete + in_flight;
  members[0].allowed = bytes_of(&wire.requests, first[0] + published);
  pump_out(&members[0], &wire.requests);
}

static void turn(uint64_t in_flight) {
  struct epoll_event events[256];
  int ready = epoll_wait(poll_fd, events, 256, 100);
  for (int n = 0; n < ready; n++) {
    struct connection *c = events[n].data.ptr;
    int i = c - members;
    uint64_t before = has(i);
    if (events[n].events & (EPOLLERR | EPOLLHUP)) refuse("a connection was lost");
    if (events[n].events & EPOLLIN) pump_in(c, &wire.replies);
    if (i == 0) pump_out(c, &wire.requests);
    if (before > complete || has(i) <= complete || --behind > 0) continue;
    take_stock();
    if (in_flight > 0) publish(in_flight);
  }
}

/* Publishes until everybody has heard something, so that the server is known to know them all; then all that was sent is heard out. */
static void join(void) {
  double stalled = now() + 30, quiet;
  for (int deaf = count; deaf > 0;) {
    if (now() > stalled) refuse("for 30 s a member heard nothing");
    members[0].allowed = bytes_of(&wire.requests, members[0].messages + 1);
    for (quiet = now() + 0.2; now() < quiet;) {
      struct epoll_event events[256];
      int ready = epoll_wait(poll_fd, events, 256, 20);
      pump_out(&members[0], &wire.requests);
      for (int n = 0; n < ready; n++) pump_in(events[n].data.ptr, &wire.replies);
      if (ready > 0) quiet = now() + 0.2;
    }
    for (int i = deaf = 0; i < count; i++) deaf += members[i].messages == 0;
  }
  for (int i = 0; i < count; i++) first[i] = members[i].messages;
  take_stock();
}

static uint64_t run(uint64_t in_flight, double seconds) {
  uint64_t before = complete;
  double end = now() + seconds, stalled = end + 30;
  publish(in_flight);
  while (now() < end) turn(in_flight);
  while (complete < published) {
    if (now() > stalled) refuse("for 30 s not everybody heard everything");
    turn(0);
  }
  return (complete - before) * count;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: fan-out PORT WIRE_FILE MEMBERS IN_FLIGHT WARM_SECONDS SECONDS\n");
    return 2;
  }
  wire = read_wire(argv[2]);
  if (wire.requests.count != 1) refuse("fan-out takes a wire with one message in its cycle");
  count = atoi(argv[3]);
  uint64_t in_flight = atoi(argv[4]);
  first = calloc(count, sizeof *first);
  poll_fd = epoll_create1(0);
  members = open_connections(atoi(argv[1]), &wire, count, poll_fd);
  join();
  run(in_flight, atof(argv[5]));
  say_and_wait("warm");
  double start = now(), cpu = cpu_seconds();
  uint64_t delivered = run(in_flight, atof(argv[6]));
  tell_result(delivered, now() - start, cpu_seconds() - cpu);
  return 0;
}
