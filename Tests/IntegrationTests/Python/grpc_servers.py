"""Servers of gRPC's own implementation, in one process: grpc_servers.py LOG PORT=NAME=STATE...

STATE is that of grpc.health.v1.Health: SERVING, NOT_SERVING, UNKNOWN, SERVICE_UNKNOWN; or down, which answers each call UNAVAILABLE.
Each server says its NAME in trailing metadata, and LOG has a line for each call: NAME METHOD.

test.Echo/Say answers its message; a message of digits is a status, with which the call ends; "sleep N" takes N ms first,
"deadline" as long as the caller allows, and "left A B" is OUT_OF_RANGE unless the caller allows more than A and at most B seconds. test.Echo/Stream answers it twice.

SIGHUP restarts one server after the other, each once it has answered what it has; SIGUSR1 does so without waiting for that.
"""

import concurrent.futures
import queue
import signal
import sys
import threading
import time

import grpc
from grpc_health.v1 import health_pb2

STATUSES = {code.value[0]: code for code in grpc.StatusCode}
log = open(sys.argv[1], "a", buffering=1)
lock = threading.Lock()


def say(message, context):
    text = message.decode(errors="replace")
    if text.isdigit() and int(text):
        context.abort(STATUSES[int(text)], f"asked for {text}, 100%")
    if text.startswith("sleep "):
        time.sleep(int(text[6:]) / 1000)
    if text.startswith("left "):
        left, (least, most) = context.time_remaining(), map(float, text[5:].split())
        if not least < left <= most:
            context.abort(grpc.StatusCode.OUT_OF_RANGE, f"{left} seconds are left")
    if text == "deadline":
        time.sleep(context.time_remaining() + 0.2)
    return message


class Handler(grpc.GenericRpcHandler):
    def __init__(self, name, state):
        self.name, self.state = name, state

    def service(self, details):
        method = details.method
        methods = {
            "/grpc.health.v1.Health/Check": grpc.unary_unary_rpc_method_handler(self.named(method, self.check)),
            "/test.Echo/Say": grpc.unary_unary_rpc_method_handler(self.named(method, say)),
            "/test.Echo/Stream": grpc.unary_stream_rpc_method_handler(self.named(method, lambda one, _: iter([one, one]))),
        }
        return methods.get(method)

    def named(self, method, answer):
        def call(message, context):
            with lock:
                log.write(f"{self.name} {method}\n")
            context.set_trailing_metadata((("x-backend", self.name),))
            if self.state == "down":
                context.abort(grpc.StatusCode.UNAVAILABLE, "down")
            return answer(message, context)

        return call

    def check(self, message, context):
        health_pb2.HealthCheckRequest.FromString(message)
        return health_pb2.HealthCheckResponse(status=self.state).SerializeToString()


def start(argument):
    port, name, state = argument.split("=")
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((Handler(name, state),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server


asked = queue.SimpleQueue()
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, lambda number, _: asked.put(number))
servers = [start(argument) for argument in sys.argv[2:]]
while (number := asked.get()) != signal.SIGTERM:
    for index, argument in enumerate(sys.argv[2:]):
        servers[index].stop(grace=2 if number == signal.SIGHUP else None).wait()
        servers[index] = start(argument)
for stopped in [server.stop(grace=2) for server in servers]:
    stopped.wait()
