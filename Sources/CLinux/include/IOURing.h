// The kernel's interface to io_uring, written out since the headers of many distributions are older than the kernels they run on.
// Layouts and numbers are those of Linux 6.1's include/uapi/linux/io_uring.h, which no later kernel changes.
#ifndef CLINUX_IO_URING_H
#define CLINUX_IO_URING_H

#include <stdint.h>

/// What the kernel is asked to do.
struct clinux_uring_submission {
  uint8_t opcode;
  uint8_t flags;
  uint16_t priority;
  int32_t descriptor;
  uint64_t offset;
  uint64_t address;
  uint32_t length;
  uint32_t operation_flags;
  uint64_t token;
  uint16_t buffer_group;
  uint16_t personality;
  int32_t file_index;
  uint64_t unused[2];
};

/// What came of it.
struct clinux_uring_completion {
  uint64_t token;
  int32_t result;
  uint32_t flags;
};

struct clinux_uring_parameters {
  uint32_t submission_count, completion_count, flags, thread_cpu, thread_idle, features, queue_descriptor, reserved[3];
  struct {
    uint32_t head, tail, mask, count, flags, dropped, array, reserved;
    uint64_t address;
  } submissions;
  struct {
    uint32_t head, tail, mask, count, overflow, entries, flags, reserved;
    uint64_t address;
  } completions;
};

/// A buffer handed to the kernel; the `reserved` of the first is the tail of the ring of them.
struct clinux_uring_buffer {
  uint64_t address;
  uint32_t length;
  uint16_t number;
  uint16_t reserved;
};

struct clinux_uring_buffer_ring {
  uint64_t address;
  uint32_t count;
  uint16_t group;
  uint16_t flags;
  uint64_t reserved[3];
};

enum {
  CLINUX_URING_POLL = 6,
  CLINUX_URING_CANCEL = 14,
  CLINUX_URING_CLOSE = 19,
  CLINUX_URING_SEND = 26,
  CLINUX_URING_RECEIVE = 27,

  CLINUX_URING_SELECT_BUFFER = 1 << 5,
  CLINUX_URING_SKIP_SUCCESS = 1 << 6,
  CLINUX_URING_POLL_FIRST = 1 << 0,
  CLINUX_URING_MULTISHOT = 1 << 1,

  CLINUX_URING_HAS_BUFFER = 1 << 0,
  CLINUX_URING_HAS_MORE = 1 << 1,

  CLINUX_URING_COMPLETION_COUNT = 1 << 3,
  CLINUX_URING_SUBMIT_ALL = 1 << 7,
  CLINUX_URING_SINGLE_ISSUER = 1 << 12,
  CLINUX_URING_DEFERRED = 1 << 13,

  CLINUX_URING_FEATURES = 1 << 0 | 1 << 1 | 1 << 8 | 1 << 11, // one mapping, nothing dropped, timeouts, skipping success

  CLINUX_URING_REGISTER_BUFFERS = 22,
};

/// Return a descriptor or a count, else minus the errno.
int clinux_uring_setup(uint32_t count, struct clinux_uring_parameters *parameters);
int clinux_uring_register(int ring, uint32_t operation, void *argument, uint32_t count);
/// Submits, and with a timeout of 0 or more waits that many nanoseconds for at least one completion.
int clinux_uring_enter(int ring, uint32_t submissions, int64_t timeout_ns);

/// Indices that this side and the kernel share.
static inline uint32_t clinux_load_acquire(const uint32_t *index) { return __atomic_load_n(index, __ATOMIC_ACQUIRE); }
static inline void clinux_store_release(uint32_t *index, uint32_t value) {
  __atomic_store_n(index, value, __ATOMIC_RELEASE);
}
static inline void clinux_store_release_16(uint16_t *index, uint16_t value) {
  __atomic_store_n(index, value, __ATOMIC_RELEASE);
}

#endif
