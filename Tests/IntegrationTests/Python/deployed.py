"""A backend with a log of its own: `deployed.py PORT NAME LOG [VERSION-LINK]` answers with its name, pid and version.

Every answer is a line of the log: when, as seconds since 1970, and by which pid. SIGTERM ends it at once, and so does a file
LOG.broken before it listens.
"""

import os
import signal
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler

port, name, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
link = sys.argv[4] if len(sys.argv) > 4 else None
if os.path.exists(log + ".broken"):
    sys.exit(1)
lines = open(log, "a", buffering=1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("X-App", name)
        if link:
            self.send_header("X-Version", os.path.basename(os.readlink(link)))
        else:
            self.send_header("X-Pid", str(os.getpid()))
        self.end_headers()
        self.wfile.write(b"ok")
        lines.write(f"{time.time():.6f} {os.getpid()}\n")

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
Server(("127.0.0.1", port), Handler).serve_forever()
