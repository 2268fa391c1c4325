// What Glibc's Swift overlay does not show: headers it leaves out, variadic functions and macros.
#ifndef CLINUX_H
#define CLINUX_H

// No feature macro here: it would give Glibc's structures another shape than Swift's Glibc module has.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/types.h>

/// Waits for events with a timeout in nanoseconds; a negative one waits for ever.
/// Through the system call, since Glibc before 2.35 has no wrapper.
int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns);

/// Asks the kernel for timer wake-ups without the default slack of 50 µs, for the calling thread.
int clinux_set_timer_slack_ns(unsigned long nanoseconds);

/// Asks the kernel to send `signal` to the calling process when its parent ends.
int clinux_signal_on_parent_death(int signal);

/// Names the calling thread (at most 15 bytes) as `ps -L` and debuggers show it.
int clinux_name_thread(const char *name);

/// Marks a descriptor close-on-exec (1) or inherited by children (0).
int clinux_set_close_on_exec(int descriptor, int enabled);

/// Marks a descriptor non-blocking (1) or blocking (0).
int clinux_set_nonblocking(int descriptor, int enabled);

/// `accept4` and `pipe2` with close-on-exec, so that no child started meanwhile inherits what they open.
int clinux_accept_close_on_exec(int listener);
int clinux_pipe_close_on_exec(int ends[2]);

/// Adds to `actions` (a `posix_spawn_file_actions_t`) the closing of every descriptor from `first` on.
int clinux_spawn_close_from(void *actions, int first);

/// Adds to `actions` a change of the child's working directory; returns 0 or the error number.
int clinux_spawn_change_directory(void *actions, const char *path);

/// A descriptor that is readable once the child has ended, and that no child inherits; -1 where the kernel has none (before 5.3).
int clinux_open_pidfd(pid_t pid);

/// Has the kernel note on what the socket receives when it came, by CLOCK_REALTIME; returns 0 or the error number.
int clinux_stamp_arrivals(int socket);

/// `recv` that also says when the last of the bytes came, in nanoseconds since 1970; 0 where the kernel did not note it.
ssize_t clinux_receive_stamped(int socket, void *bytes, size_t count, int64_t *stamp);

/// How many segments of a TCP connection came behind a gap; -1 where the kernel does not count them (before 5.4).
int64_t clinux_segments_out_of_order(int socket);

/// Asks the system's name servers for the records of a type (1 for A, 28 for AAAA).
///
/// @return the answer's length in bytes, as in RFC 1035 section 4.1; below 0 where there is none.
int clinux_dns_query(const char *name, int type, unsigned char *answer, int capacity);

#endif
