#!/usr/bin/env python3
"""Mixed pgbench with terminated backends and statement time-outs.

Ends with amcheck, the balances of the TPC-B-like tables, and the classes of
errors in the server's log. With --compare-to, none may be new.
"""

import argparse
import json
import random
import subprocess
import threading
import time
from pathlib import Path

import cluster
from recovery import balanced

# Clients of each kind of load. A terminated connection ends its client, so
# every load is started anew for as long as the run lasts.
LOADS = (
    {"name": "tpcb", "clients": 24, "arguments": []},
    {"name": "select", "clients": 16, "arguments": ["-S"]},
    {"name": "simple-update", "clients": 16, "arguments": ["-N"]},
    {"name": "timed-out", "clients": 16, "arguments": [],
     "options": "-c statement_timeout=20ms"},
    {"name": "reconnecting", "clients": 8, "arguments": ["-S", "-C"]},
)
STINT = 10  # seconds of one pgbench


class Mixer:
    """Keeps the loads going until stopped, and counts what they did."""

    def __init__(self, server):
        self.server = server
        self.stopping = threading.Event()
        self.hangs = []
        self.done = {load["name"]: 0 for load in LOADS}
        self.threads = [threading.Thread(target=self.keep_going, args=(load,)) for load in LOADS]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def keep_going(self, load):
        env = {"PGOPTIONS": load.get("options", "")}
        while not self.stopping.is_set():
            try:
                done = self.server.pgbench("-n", "-T", str(STINT), "-c", str(load["clients"]),
                                           "-j", "2", *load["arguments"], check=False,
                                           timeout=STINT + 60, env=env)
            except subprocess.TimeoutExpired:
                self.hangs.append(load["name"])
                return
            self.done[load["name"]] += cluster.transactions(done.stdout)


def terminate_one(server, chooser):
    count = chooser.choice((1, 1, 1, 3))
    server.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name ="
               f" 'pgbench' order by random() limit {count}", check=False)


def amcheck(server):
    """The complaints of pg_amcheck; empty when all is well."""
    server.sql("create extension if not exists amcheck")
    done = cluster.run([server.bin / "pg_amcheck", *server.connection(), "-d", "postgres",
                        "--heapallindexed", "--parent-check"], check=False, timeout=600)
    return done.stdout.strip() if done.stdout.strip() or done.returncode else ""


def added(before, now):
    """The results of two stretches on the same data as one."""
    def sums(key):
        return {name: before[key].get(name, 0) + now[key].get(name, 0)
                for name in sorted({*before[key], *now[key]})}
    return {**now, "minutes": before["minutes"] + now["minutes"],
            "transactions": sums("transactions"), "errors": sums("errors"),
            "termination_rounds": before["termination_rounds"] + now["termination_rounds"],
            "hangs": before["hangs"] + now["hangs"], "amcheck": before["amcheck"] + now["amcheck"],
            "balanced": before["balanced"] and now["balanced"]}


def main():
    parser = argparse.ArgumentParser(prog="run mixed", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="how long (30)")
    parser.add_argument("--server", choices=cluster.KINDS, default="replaced")
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true",
                        help="go on with the data of the run before, and add to its result")
    parser.add_argument("--json", type=Path, help="where the result goes"
                        " (build/pg-mixed-SERVER.json)")
    parser.add_argument("--compare-to", type=Path, help="result of another server: error classes"
                        " that it does not have count as failures")
    options = parser.parse_args()
    chooser = random.Random(options.seed)

    server = cluster.Server(options.server, "mixed", {
        "shared_buffers": "'32MB'", "max_connections": "120", "fsync": "on",
        "full_page_writes": "on", "autovacuum": "on", "autovacuum_naptime": "'5s'",
        "checkpoint_timeout": "'30s'"})
    if not options.keep:
        server.create()
    terminations = 0
    began = time.monotonic()
    with server:
        if not options.keep:
            server.pgbench("-i", "-q", "-s", str(options.scale), timeout=600)
        with Mixer(server) as mixer:
            while time.monotonic() < began + options.minutes * 60 and not mixer.hangs:
                time.sleep(chooser.uniform(0.05, 0.5))
                terminate_one(server, chooser)
                terminations += 1
        complaints = amcheck(server)
        in_balance = balanced(server)
    target = options.json or cluster.BUILD / f"pg-mixed-{options.server}.json"
    result = {
        "server": options.server, "minutes": options.minutes, "date": time.strftime("%Y-%m-%d"),
        "transactions": mixer.done, "termination_rounds": terminations,
        "errors": cluster.messages(server.log_text()), "hangs": mixer.hangs,
        "amcheck": complaints, "balanced": in_balance}
    if options.keep and target.exists():
        result = added(json.loads(target.read_text()), result)
    target.write_text(json.dumps(result, indent=2) + "\n")
    errors = result["errors"]

    checks = {"no load hung": not result["hangs"], "amcheck is clean": not result["amcheck"],
              "the balances agree": result["balanced"],
              "no PANIC": not any(key.startswith("PANIC") for key in errors)}
    print(f"{options.server} server, {result['minutes']:g} minutes:"
          f" {sum(result['transactions'].values())} transactions,"
          f" {result['termination_rounds']} rounds of terminations")
    for message, count in errors.items():
        print(f"    {count:>7} {message}")
    if options.compare_to:
        known = json.loads(options.compare_to.read_text())["errors"]
        new = sorted(set(errors) - set(known))
        checks["no error that the other server does not give"] = not new
        for message in new:
            print(f"    new: {message}")
    for what, good in checks.items():
        print(f"{'ok' if good else 'FAILED'}: {what}")
    if result["amcheck"]:
        print(result["amcheck"][-2000:])
    failed = sum(not good for good in checks.values())
    print(f"{len(checks) - failed} passed, {failed} failed")
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
