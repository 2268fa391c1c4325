"""lbcheck and its peers, each run to its end on one core, with what the kernel accounted to it."""

import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from random import Random

from servers import find, need

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    requests: int
    seconds: float
    # User and system time in seconds.
    cpu: float
    # The most memory it held, in MB.
    memory: float
    text: str
    # The CPU time of each thread in seconds, by its name, as it was seen last.
    threads: dict

    @property
    def cost(self):
        """CPU time a request, in µs."""
        return self.cpu / max(1, self.requests) * 1e6

    @property
    def rate(self):
        return self.requests / self.seconds


def most_memory(pid, found):
    """Notes the most memory that a process has held, in MB, until it ends. What the kernel accounts to an ended process
    is of no use here: it includes what this one held when it began the other."""
    try:
        while True:
            lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            found[:] = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")] or found
            time.sleep(0.1)
    except OSError:
        pass


def thread_times(pid, found):
    """Notes the CPU time of each thread of a process until it ends."""
    try:
        while True:
            times = {}
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                name = (task / "comm").read_text().strip()
                times[name] = times.get(name, 0) + int((task / "schedstat").read_text().split()[0]) / 1e9
            # At its end the threads go one by one.
            if sum(times.values()) >= sum(found.values()):
                found.update(times)
            time.sleep(0.1)
    except OSError:
        pass


def stop_at_random(pid, pause=0.002, every=0.04):
    """Stops a process for so many seconds again and again, at random, until it ends."""
    random = Random(1)
    try:
        while True:
            time.sleep(random.expovariate(1 / every))
            os.kill(pid, signal.SIGSTOP)
            time.sleep(pause)
            os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def run(command, core, count, seconds=None, first=None, beside=None):
    """- count: reads the number of requests off the output.
    - first: takes its first line as soon as it is there.
    - beside: is called with the process' id on a thread of its own, and returns once the process has ended."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    begun = time.monotonic()
    process = subprocess.Popen(
        ["taskset", "-c", core, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    memory, threads = [0], {}
    watches = [
        threading.Thread(target=most_memory, args=(process.pid, memory)),
        threading.Thread(target=thread_times, args=(process.pid, threads)),
    ]
    if beside:
        watches.append(threading.Thread(target=beside, args=(process.pid,)))
    for watch in watches:
        watch.start()
    if first:
        first(process.stdout.readline().decode())
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - begun
    for watch in watches:
        watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output[-300:]}")
    return Outcome(
        count(output), seconds or took, usage.ru_utime + usage.ru_stime, memory[0], output, threads)


def program():
    return os.environ.get("LBCHECK_TOOL", str(ROOT / ".build/release/lbcheck"))


def read_events(line, clients):
    """Reads a live page's events in so many clients, each until its end, beside what is measured."""
    port, token = re.search(r"127\.0\.0\.1:(\d+)/\?token=(\w+)", line).groups()

    def read():
        with socket.create_connection(("127.0.0.1", int(port))) as connection:
            connection.sendall(f"GET /events?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            while connection.recv(1 << 16):
                pass

    for _ in range(clients):
        threading.Thread(target=read, daemon=True).start()


def lbcheck(url, core, folder, connections, seconds, *options, workers=1, watchers=None, beside=None):
    """- watchers: how many clients watch it on its live page; without, there is none."""
    def count(text):
        requests = json.loads(text[text.index("{"):])["traffic"]["requests"]
        if requests["failed"]:
            raise RuntimeError(f"lbcheck saw {requests['failed']} failures")
        return requests["succeeded"]

    command = [program(), "load", url, "--connections", str(connections), "--duration", f"{seconds}s"]
    command += ["--workers", str(workers), "--backend-header", "X-Backend", "--json", "--quiet", "--out", f"{folder}/report"]
    if watchers is None:
        return run(command + list(options), core, count, seconds, beside=beside)
    command += ["--live", "0"]
    return run(command + list(options), core, count, seconds, lambda line: read_events(line, watchers))


def wrk(url, core, connections, seconds, threads=1):
    command = [need("wrk", "wrk"), f"-t{threads}", f"-c{connections}", f"-d{seconds}s", url]
    return run(command, core, lambda text: int(re.search(r"(\d+) requests in", text).group(1)), seconds)


def h1load(url, core, connections, seconds):
    """HAProxy's own generator; not a package of Debian's."""
    program = find("h1load")
    if not program:
        raise RuntimeError("h1load is missing: it is built from github.com/wtarreau/h1load")
    command = [program, "-c", str(connections)]
    # Its last line counts all that was: seconds, connections, those in all, requests.
    count = lambda text: int([line for line in text.splitlines() if line.strip()][-1].split()[3])
    return run(command + ["-d", str(seconds), url], core, count, seconds)


def h2load(url, core, connections, seconds=None, requests=None, streams=None):
    """For so many seconds or requests; where connections end, h2load only comes to an end by the latter.

    - streams: how many a connection carries at a time; HTTP/1.1 without. The windows are those that lbcheck grants.
    """
    extent = f"-n{requests}" if requests else f"-D{seconds}"
    version = [f"-m{streams}", "-w24", "-W30"] if streams else ["--h1"]
    command = [need("h2load", "nghttp2-client"), *version, f"-c{connections}", extent, url]
    outcome = run(command, core, lambda text: int(re.search(r"(\d+) succeeded", text).group(1)), seconds)
    if requests:
        number, unit = re.search(r"finished in ([0-9.]+)(us|ms|s)", outcome.text).groups()
        outcome.seconds = float(number) / {"us": 1e6, "ms": 1e3, "s": 1}[unit]
    return outcome


def ab(url, core, connections, requests):
    command = [need("ab", "apache2-utils"), "-q", "-n", str(requests), "-c", str(connections), url]
    outcome = run(command, core, lambda text: int(re.search(r"Complete requests:\s+(\d+)", text).group(1)))
    outcome.seconds = float(re.search(r"Time taken for tests:\s+([0-9.]+)", outcome.text).group(1))
    return outcome


def hey(url, core, connections, seconds, rate):
    command = [need("hey", "hey"), "-z", f"{seconds}s", "-c", str(connections), "-q", f"{rate / connections:g}", url]
    return run(command, core, lambda text: int(re.search(r"\[200\]\s+(\d+) responses", text).group(1)), seconds)


def s_time(port, core, seconds, reuses):
    command = [need("openssl", "openssl"), "s_time", "-connect", f"127.0.0.1:{port}", "-time", str(seconds)]
    command += ["-reuse" if reuses else "-new"]
    found = r"(\d+) connections in (\d+) real seconds"
    outcome = run(command, core, lambda text: int(re.search(found, text).group(1)))
    outcome.seconds = float(re.search(found, outcome.text).group(2))
    return outcome
