"""A PostgreSQL server under build/, stock or replaced, on a Unix socket only."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

BUILD = Path(os.environ["LWLOCK_BUILD"])
AS_USER = os.environ["LWLOCK_PG_AS"].split()  # what makes a command unprivileged
OWNER = os.environ["LWLOCK_PG_OWNER"]  # of the folders that servers write to; empty: the caller
KINDS = ("stock", "replaced")

# Whoever ends the program is not to leave servers behind: __exit__ stops them.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

# What every measured or tortured server has in common.
COMMON_SETTINGS = {
    "listen_addresses": "''",
    "logging_collector": "off",
    "log_line_prefix": "'%m [%p] %b '",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "'96MB'",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'1h'",
    "autovacuum": "off",
    "jit": "off",
}


def unprivileged(command):
    """The command as the user that runs servers."""
    return [*AS_USER, f"HOME={BUILD}", *(str(part) for part in command)]


def run(command, *, check=True, timeout=None, **options):
    done = subprocess.run(unprivileged(command), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise SystemExit(f"run: {Path(str(command[0])).name} failed: {done.stdout.strip()[-2000:]}")
    return done


def owned_folder(path):
    path.mkdir(parents=True, exist_ok=True)
    if OWNER:
        shutil.chown(path, OWNER)
    return path


class Server:
    """One data folder and the server that runs on it."""

    def __init__(self, kind, purpose, settings=None):
        self.kind = kind
        self.bin = BUILD / f"pg-{kind}" / "install" / "bin"
        if not (self.bin / "postgres").exists():
            raise SystemExit(f"run: no {kind} server under {self.bin}; make it with: run build")
        self.folder = owned_folder(BUILD / "pg-data" / f"{purpose}-{kind}")
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.settings = {**COMMON_SETTINGS, **(settings or {})}
        # A socket's path may have 107 bytes; build folders can be deep.
        self.socket = self.folder if len(str(self.folder)) < 90 else owned_folder(
            Path("/tmp") / f"lwlock-pg-{os.getuid()}-{purpose}-{kind}")

    def create(self):
        shutil.rmtree(self.data, ignore_errors=True)
        run([self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-N",
             "--locale=C.UTF-8", "-E", "UTF8"])

    def copy_from(self, other):
        """Takes another server's data folder, both being stopped."""
        shutil.rmtree(self.data, ignore_errors=True)
        run(["cp", "-a", other.data, self.data])

    def start(self, *, check=True, **settings):
        options = []
        merged = {**self.settings, **settings, "unix_socket_directories": f"'{self.socket}'"}
        for name, value in merged.items():
            options.append(f"-c {name}={value}")
        self.log.unlink(missing_ok=True)
        return run([self.bin / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60",
                    "-o", " ".join(options), "start"], check=check, stdin=subprocess.DEVNULL)

    def stop(self, mode="fast"):
        run([self.bin / "pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "120", "stop"],
            check=False)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def connection(self):
        return ["-h", str(self.socket), "-U", "postgres"]

    def sql(self, statement, *, check=True, timeout=60):
        done = run([self.bin / "psql", "-X", "-At", *self.connection(), "-d", "postgres",
                    "-v", "ON_ERROR_STOP=1", "-c", statement], check=check, timeout=timeout)
        return done.stdout.strip()

    def pgbench(self, *arguments, check=True, timeout=None, env=None):
        return run([self.bin / "pgbench", *self.connection(), *arguments, "postgres"],
                   check=check, timeout=timeout, env={**os.environ, **(env or {})})

    def postmaster(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def version(self):
        return run([self.bin / "postgres", "--version"]).stdout.strip()


def transactions(output):
    """Transactions done, from what pgbench printed."""
    found = re.search(r"number of transactions actually processed: (\d+)", output)
    return int(found.group(1)) if found else 0


def rate(output):
    """Transactions a second as pgbench reports them: connecting does not count,
    unless every transaction does it."""
    found = re.search(r"^tps = ([\d.]+)", output, re.M)
    if not found:
        raise SystemExit(f"run: pgbench printed no rate: {output.strip()[-2000:]}")
    return float(found.group(1))


def messages(log):
    """Counts of what a server log says by class: severity and text, numbers masked, and
    without the place in a statement where it came upon the server."""
    counts = {}
    for line in log.splitlines():
        found = re.search(r"\b(WARNING|ERROR|FATAL|PANIC):\s+(.*)", line)
        if found:
            text = re.sub(r" at character \d+$", "", found.group(2))
            text = re.sub(r'"[^"]*"', '"..."', re.sub(r"\d+", "N", text))
            key = f"{found.group(1)}: {text}"
            counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def machine():
    """The machine in one line, for reports."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"processor": model, "cpus": os.cpu_count(), "kernel": os.uname().release,
            "date": time.strftime("%Y-%m-%d")}


def wait_until(condition, seconds, what):
    """Polls until the condition holds; ends the program when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"run: {what} did not happen within {seconds} s")
        time.sleep(0.05)


def end_group(process):
    """Ends a program that was started in a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    process.wait(timeout=30)
