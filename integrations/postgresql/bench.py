#!/usr/bin/env python3
"""Measures the stock server against the replaced one, taking turns.

Each workload is measured for itself; results are added to one JSON file, whose
form docs/postgresql.md describes, and stand in the report after that. System
calls and context switches come from a short round of their own, because
counting them costs time.
"""

import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cluster
import tracing

ROOT = Path(__file__).resolve().parents[2]
SCALE = 30  # pgbench accounts: 384 MB and 64 MB of keys, against 96 MB of buffers

STORM_ROWS = 2_041 * 60  # about 2,041 pages of rows that fill a sixtieth of a page

SCRIPTS = {
    "storm": "select count(*) from storm;\n",
    "wal": "select count(pg_logical_emit_message(false, 'lwlock', '0123456789abcdef'))"
           " from generate_series(1, 1000);\n",
}


def workload_table():
    """Workload name -> arguments of pgbench."""
    table = {}
    for clients in (16, 64, 200):
        table[f"select-{clients}"] = ["-S", "-M", "prepared", "-c", clients, "-j", 2]
        table[f"tpcb-{clients}"] = ["-M", "prepared", "-c", clients, "-j", 2]
    # Every transaction on a connection of its own; a thread for each client, so
    # that connecting does not queue up in pgbench.
    table["storm-120"] = ["-C", "-c", 120, "-j", 120, "-f", "storm"]
    table["wal-64"] = ["-M", "prepared", "-c", 64, "-j", 2, "-f", "wal"]
    return table


WORKLOADS = workload_table()


def prepare(servers, scale):
    """Identical data for both servers, made once."""
    first, second = servers
    stamp = first.folder / "prepared"
    wanted = f"{first.version()} scale {scale}"
    if stamp.exists() and stamp.read_text() == wanted and second.data.exists():
        return
    first.create()
    with first:
        first.pgbench("-i", "-q", "-s", str(scale), timeout=900)
        first.sql("create table storm (id int, filler text) with (fillfactor = 100)")
        first.sql(f"insert into storm select i, repeat('x', 100) from"
                  f" generate_series(1, {STORM_ROWS}) i", timeout=300)
        first.sql("vacuum (freeze, analyze)", timeout=300)
    second.copy_from(first)
    stamp.write_text(wanted)


def arguments_of(workload, seconds, scripts):
    arguments = [str(part) for part in WORKLOADS[workload]]
    if "-f" in arguments:
        place = arguments.index("-f") + 1
        name = arguments[place]
        path = scripts / f"{name}.sql"
        path.write_text(SCRIPTS[name])
        path.chmod(0o644)
        arguments[place] = str(path)
    return ["-n", "-T", str(seconds), *arguments]


def context_switches():
    """Of the whole machine, since it started."""
    return int(re.search(r"^ctxt (\d+)", Path("/proc/stat").read_text(), re.M).group(1))


class Load:
    """A pgbench that can be stopped for a while."""

    def __init__(self, server, workload, seconds, scripts):
        self.stopped = 0.0  # seconds, all stops together
        self.stopped_at = None
        self.process = subprocess.Popen(
            cluster.unprivileged([server.bin / "pgbench", *server.connection(),
                                  *arguments_of(workload, seconds, scripts), "postgres"]),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if "-C" in WORKLOADS[workload]:
            return
        # Only what comes after connecting is measured.
        clients = WORKLOADS[workload][WORKLOADS[workload].index("-c") + 1]
        cluster.wait_until(lambda: self.ended() or int(server.sql(
            "select count(*) from pg_stat_activity where application_name = 'pgbench'")) >= clients,
            30, "connecting")

    def ended(self):
        return self.process.poll() is not None

    def stop(self):
        if self.stopped_at is None:
            self.process.send_signal(signal.SIGSTOP)
            self.stopped_at = time.monotonic()

    def go_on(self):
        if self.stopped_at is not None:
            self.stopped += time.monotonic() - self.stopped_at
            self.stopped_at = None
            self.process.send_signal(signal.SIGCONT)

    def rate(self):
        """Transactions a second of the time that it was not stopped."""
        self.go_on()
        output, _ = self.process.communicate(timeout=120)
        if self.process.returncode != 0:
            raise SystemExit(f"run: pgbench failed: {output.strip()[-2000:]}")
        done = cluster.transactions(output)
        whole = done / cluster.rate(output)  # seconds from the first transaction to the end
        return done / (whole - self.stopped)


def interleaved_round(workload, servers, options, scripts):
    """Transactions a second of each server in one round.

    Virtual machines change their speed from second to second. So both servers'
    pgbenches run at the same time, but take turns: while one is stopped, its
    server's backends soon wait for their clients, and the other has the machine.
    """
    loads = []
    for server in servers:
        for load in loads:
            load.stop()
        loads.append(Load(server, workload, options.seconds, scripts))
    turn = 0
    while not any(load.ended() for load in loads):
        loads[1 - turn].stop()
        loads[turn].go_on()
        time.sleep(options.slice)
        turn = 1 - turn
    # Whichever ended first leaves the machine to the other one's last moments.
    return {server.kind: load.rate() for server, load in zip(servers, loads)}


# FUTEX_WAKE and FUTEX_WAIT_BITSET with the real-time clock come from the C
# library's semaphores, FUTEX_WAKE_BITSET and FUTEX_WAIT_BITSET with the
# monotonic clock from this library.
COUNTER = """
tracepoint:raw_syscalls:sys_enter /comm == "postgres"/ { @calls = count(); }
tracepoint:syscalls:sys_enter_futex /comm == "postgres"/ { @futex[args->op & 0x17f] = count(); }
"""
FUTEX_KINDS = {1: "semaphore_wake", 0x109: "semaphore_wait", 9: "lock_wait", 10: "lock_wake"}


def count_switches(server, workload, seconds, scripts):
    """Context switches a transaction, with one server alone."""
    before = context_switches()
    output = server.pgbench(*arguments_of(workload, seconds, scripts), timeout=seconds + 120).stdout
    return round((context_switches() - before) / max(cluster.transactions(output), 1), 3)


def count_calls(server, workload, seconds, scripts):
    """System calls a transaction by kind; None where they cannot be counted."""
    if not tracing.possible():
        return None
    try:
        with tracing.Trace("-e", COUNTER) as trace:
            output = server.pgbench(*arguments_of(workload, seconds, scripts),
                                    timeout=seconds + 120).stdout
            maps = trace.end()
    except tracing.Failed as failure:
        print(f"run: system calls are not counted: {failure}", file=sys.stderr)
        return None
    done = max(cluster.transactions(output), 1)
    counts = {"all": maps.get("@calls", 0) / done, **{name: 0.0 for name in FUTEX_KINDS.values()}}
    for operation, number in maps.get("@futex", {}).items():
        name = FUTEX_KINDS.get(int(operation), "other_futex")
        counts[name] = counts.get(name, 0.0) + number / done
    return {name: round(value, 4) for name, value in counts.items()}


def summary(values, digits=2):
    return {"median": round(statistics.median(values), digits), "min": round(min(values), digits),
            "max": round(max(values), digits), "runs": [round(value, digits) for value in values]}


def measure(workload, servers, options, scripts):
    counted = {}
    for server in servers:  # warms the caches, too
        counted[server.kind] = {
            "context_switches": count_switches(server, workload, 3, scripts),
            "system_calls": count_calls(server, workload, 3, scripts),
        }
    rounds = []
    for index in range(options.rounds):
        order = servers if index % 2 == 0 else list(reversed(servers))
        rounds.append(interleaved_round(workload, order, options, scripts))
    result = {"workload": workload, "seconds": options.seconds, "rounds": options.rounds,
              "slice": options.slice, "date": time.strftime("%Y-%m-%d %H:%M")}
    for kind in cluster.KINDS:
        result[kind] = {"tps": summary([one[kind] for one in rounds]), **counted[kind]}
    result["ratio"] = summary([one["replaced"] / one["stock"] for one in rounds], 4)
    return result


def store(path, results, scale):
    """Adds to what the file has, so that workloads can be measured one at a time."""
    content = {"schema": "lwlock-postgresql-bench/1", "results": []}
    if path.exists():
        content = json.loads(path.read_text())
    content["machine"] = cluster.machine()
    content["postgresql"] = (cluster.BUILD / "postgresql" / "version").read_text().strip()
    content["scale"] = scale
    content["settings"] = cluster.COMMON_SETTINGS
    kept = {result["workload"]: result for result in content["results"]}
    kept.update({result["workload"]: result for result in results})
    content["results"] = [kept[name] for name in WORKLOADS if name in kept]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def make_report(*arguments):
    """With Debian's own interpreter, which its packages are for."""
    done = subprocess.run(["/usr/bin/python3", ROOT / "bench" / "report", *arguments])
    if done.returncode != 0:
        raise SystemExit("run: the report was not made")


def refresh(options):
    """The table of PostgreSQL's results, and the page with all there are."""
    make_report(options.json)
    others = sorted((options.report / "data").glob("*.json"))  # scripts/bench keeps its own there
    make_report("--quiet", "--output", options.report, *others, options.json)


def main():
    parser = argparse.ArgumentParser(prog="run bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="all", help="comma-separated, of: all, "
                        + ", ".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=7, help="rounds (7)")
    parser.add_argument("--seconds", type=int, default=12, help="length of a round (12)")
    parser.add_argument("--slice", type=float, default=0.25,
                        help="seconds after which the servers take turns in a round (0.25)")
    parser.add_argument("--scale", type=int, default=SCALE, help=f"pgbench scale ({SCALE})")
    parser.add_argument("--json", type=Path, default=cluster.BUILD / "pg-bench.json")
    parser.add_argument("--report", type=Path, default=cluster.BUILD / "report", metavar="FOLDER",
                        help="where the report is written, or brought up to date (build/report)")
    parser.add_argument("--prepare", action="store_true", help="only make the data")
    parser.add_argument("--table", action="store_true",
                        help="measure nothing; print what the file has, and write the report")
    options = parser.parse_args()

    names = list(WORKLOADS) if options.workloads == "all" else options.workloads.split(",")
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        parser.error(f"no such workload: {', '.join(unknown)}")

    # Now, not after an hour of measuring.
    if subprocess.run([ROOT / "scripts" / "install-packages", "report"]).returncode != 0:
        raise SystemExit("run: packages are missing")
    if options.table:
        refresh(options)
        return

    settings = {"max_connections": "220"}
    servers = [cluster.Server(kind, "bench", settings) for kind in cluster.KINDS]
    prepare(servers, options.scale)
    if options.prepare:
        return
    with tempfile.TemporaryDirectory() as folder, servers[0], servers[1]:
        scripts = Path(folder)
        scripts.chmod(0o755)
        results = []
        for name in names:
            results.append(measure(name, servers, options, scripts))
            store(options.json, results, options.scale)
    refresh(options)


if __name__ == "__main__":
    main()
