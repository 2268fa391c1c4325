#define _GNU_SOURCE 1

#include "CLinux.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The same numbers on every architecture.
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif

enum { wait_for_events = 1 << 0, takes_timeout = 1 << 3 };

static int result(long value) { return value < 0 ? -errno : (int)value; }

int clinux_uring_setup(uint32_t count, struct clinux_uring_parameters *parameters) {
  return result(syscall(SYS_io_uring_setup, count, parameters));
}

int clinux_uring_register(int ring, uint32_t operation, void *argument, uint32_t count) {
  return result(syscall(SYS_io_uring_register, ring, operation, argument, count));
}

int clinux_uring_enter(int ring, uint32_t submissions, int64_t timeout_ns) {
  if (timeout_ns < 0) return result(syscall(SYS_io_uring_enter, ring, submissions, 0, 0, (void *)0, 0));
  struct {
    int64_t seconds;
    int64_t nanoseconds;
  } timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  struct {
    uint64_t signals;
    uint32_t signal_size;
    uint32_t reserved;
    uint64_t timeout;
  } argument = {0, 0, 0, (uint64_t)(uintptr_t)&timeout};
  return result(syscall(
      SYS_io_uring_enter, ring, submissions, timeout_ns > 0 ? 1 : 0, wait_for_events | takes_timeout, &argument,
      sizeof argument));
}
