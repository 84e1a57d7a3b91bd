/* Opens COUNT connections that say nothing, and holds them until its input ends. Before that it opens WARM and closes them again:
 * what the server loads and compiles with its first connections is not theirs.
 * Usage: hold PORT WIRE_FILE WARM COUNT */
#include "load.h"

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: hold PORT WIRE_FILE WARM COUNT\n");
    return 2;
  }
  int port = atoi(argv[1]), warm = atoi(argv[3]), count = atoi(argv[4]), poll = epoll_create1(0);
  struct wire wire = read_wire(argv[2]);
  struct connection *first = open_connections(port, &wire, warm, poll);
  for (int i = 0; i < warm; i++) close(first[i].fd);
  usleep(300000);
  say_and_wait("warm");
  double start = now(), cpu = cpu_seconds();
  open_connections(port, &wire, count, poll);
  tell_result(count, now() - start, cpu_seconds() - cpu);
  return 0;
}
