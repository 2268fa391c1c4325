// Apart from the others: <netinet/tcp.h> has another, shorter `struct tcp_info`.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

int64_t clinux_segments_out_of_order(int socket) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return -1;
  size_t end = offsetof(struct tcp_info, tcpi_rcv_ooopack) + sizeof info.tcpi_rcv_ooopack;
  return length >= end ? (int64_t)info.tcpi_rcv_ooopack : -1;
}
