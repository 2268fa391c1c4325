"""The servers that the rows measure against, each on a core of its own."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def need(program, package):
    path = find(program)
    if not path:
        sys.exit(f"{program} is missing: apt-get install {package}")
    return path


class Server:
    """A server process; `with` ends it."""

    def __init__(self, command, core, port):
        self.port = port
        self.process = subprocess.Popen(["taskset", "-c", str(core), *command])
        for _ in range(250):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.process.kill()
        raise RuntimeError(f"{command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def certificate(folder):
    if not pathlib.Path(folder, "certificate.pem").exists():
        subprocess.run(
            [need("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            + ["-nodes", "-keyout", f"{folder}/key.pem", "-subj", "/CN=localhost", "-days", "1"]
            + ["-out", f"{folder}/certificate.pem"],
            check=True,
            stderr=subprocess.DEVNULL,
        )


def nginx(folder, core, tls=False, keeps_alive=True, resumes=True, http2=False, body=None):
    """One worker that answers `hello` from memory, or a file.

    - keeps_alive: whether a connection may carry more than one request.
    - resumes: whether TLS sessions may be resumed.
    - http2: whether it speaks HTTP/2, with prior knowledge.
    - body: how many bytes the file has.
    """
    port = free_port()
    answer = 'return 200 "hello\\n";'
    if body:
        pathlib.Path(folder, "pages").mkdir(exist_ok=True)
        pathlib.Path(folder, "pages", "index.html").write_bytes(b"x" * body)
        answer = f"root {folder}/pages; sendfile on; open_file_cache max=10;"
    keys = ""
    if tls:
        certificate(folder)
        keys = f"ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.3;"
        # Every client the same one: OpenSSL's default costs more than what some ask for.
        keys += "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"
        keys += "ssl_session_cache shared:a:10m;" if resumes else "ssl_session_cache off; ssl_session_tickets off;"
    user = "user root;" if os.getuid() == 0 else ""
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = pathlib.Path(folder, f"nginx-{port}.conf")
    configuration.write_text(
        f"""daemon off; pid {folder}/pid-{port}; error_log {folder}/error.log; worker_processes 1; {user}
        worker_rlimit_nofile 30000;
        events {{ worker_connections 25000; }}
        http {{ access_log off; http2_max_concurrent_streams 128; keepalive_requests {10**9 if keeps_alive else 1}; {paths}
          server {{ listen 127.0.0.1:{port} {"ssl" if tls else ""} {"http2" if http2 else ""} backlog=4096; {keys}
            location / {{ add_header X-Backend app-1; {answer} }} }} }}"""
    )
    return Server([need("nginx", "nginx"), "-e", f"{folder}/error.log", "-c", str(configuration)], core, port)


def haproxy(folder, core):
    """One thread that answers `hello` by itself."""
    port = free_port()
    configuration = pathlib.Path(folder, f"haproxy-{port}.cfg")
    configuration.write_text(
        f"""global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client 1m
  timeout server 1m
  timeout connect 1s
frontend own
  bind 127.0.0.1:{port} backlog 4096
  http-request return status 200 content-type text/plain string hello hdr X-Backend app-1
"""
    )
    return Server([need("haproxy", "haproxy"), "-db", "-q", "-f", str(configuration)], core, port)


class Arrivals(Server):
    """Notes when each request arrives; compiled once."""

    def __init__(self, folder, core):
        program = pathlib.Path(folder, "arrivals")
        if not program.exists():
            subprocess.run(["swiftc", "-O", str(HERE / "arrivals.swift"), "-o", str(program)], check=True)
        self.file = pathlib.Path(folder, f"arrivals-{time.monotonic_ns()}")
        port = free_port()
        super().__init__([str(program), str(port), str(self.file)], core, port)

    def requests(self):
        """Of each request, in order of its arrival: when it reached the kernel, was read and was answered, in ns."""
        return [tuple(map(int, line.split())) for line in self.file.read_text().splitlines()]

    def lateness(self, rate, warm=0.5):
        """How late each request was read behind an even schedule, in µs, once the first moments are over."""
        times = [read for _, read, _ in self.requests()][int(rate * warm):]
        behind = [time - index * 1e9 / rate for index, time in enumerate(times)]
        least = min(behind)
        return sorted((value - least) / 1000 for value in behind)
