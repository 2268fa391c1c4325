#define _GNU_SOURCE 1

#include "CLinux.h"

#include <linux/net_tstamp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

int clinux_stamp_arrivals(int socket) {
  int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  return setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0 ? 0 : errno;
}

ssize_t clinux_receive_stamped(int socket, void *bytes, size_t count, int64_t *stamp) {
  // `struct scm_timestamping`: by software, unused, by hardware.
  union {
    char bytes[CMSG_SPACE(3 * sizeof(struct timespec))];
    struct cmsghdr alignment;
  } control;
  struct iovec place = {bytes, count};
  struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *stamp = 0;
  ssize_t received = recvmsg(socket, &message, 0);
  if (received <= 0) return received;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPING) {
    struct timespec time;
    memcpy(&time, CMSG_DATA(header), sizeof time);
    *stamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  }
  return received;
}
