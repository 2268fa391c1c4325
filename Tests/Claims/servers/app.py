import os
import time


def app(environ, start):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    time.sleep(0.01)
    start("200 OK", [("Content-Length", "5"), ("X-Backend", "app"), ("X-Generation", str(os.getpid()))])
    return [b"hello"]
