#define _GNU_SOURCE 1

#include "CLinux.h"

#include <fcntl.h>
#include <pthread.h>
#include <resolv.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns) {
  if (timeout_ns < 0) return epoll_wait(epoll, events, capacity, -1);
  if (timeout_ns == 0) return epoll_wait(epoll, events, capacity, 0);
#ifdef SYS_epoll_pwait2
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  int count = (int)syscall(SYS_epoll_pwait2, epoll, events, capacity, &timeout, (void *)0, (size_t)0);
  if (count >= 0 || errno != ENOSYS) return count;
#endif
  return epoll_wait(epoll, events, capacity, (int)((timeout_ns + 999999) / 1000000));
}

int clinux_set_timer_slack_ns(unsigned long nanoseconds) {
  return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

int clinux_signal_on_parent_death(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int clinux_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

static int set_flag(int descriptor, int get, int set, int flag, int enabled) {
  int flags = fcntl(descriptor, get);
  if (flags < 0) return -1;
  return fcntl(descriptor, set, enabled ? flags | flag : flags & ~flag);
}

int clinux_set_close_on_exec(int descriptor, int enabled) {
  return set_flag(descriptor, F_GETFD, F_SETFD, FD_CLOEXEC, enabled);
}

int clinux_set_nonblocking(int descriptor, int enabled) {
  return set_flag(descriptor, F_GETFL, F_SETFL, O_NONBLOCK, enabled);
}

int clinux_accept_close_on_exec(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int clinux_pipe_close_on_exec(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_spawn_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int clinux_spawn_change_directory(void *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

int clinux_open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  return -1;
#endif
}

int clinux_dns_query(const char *name, int type, unsigned char *answer, int capacity) {
  struct __res_state state = {0};
  if (res_ninit(&state) != 0) return -1;
  // Two tries of two seconds, so that a dead server does not hold up for long.
  state.retrans = 2;
  state.retry = 2;
  int length = res_nquery(&state, name, 1, type, answer, capacity);
  res_nclose(&state);
  return length;
}
