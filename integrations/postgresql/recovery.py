#!/usr/bin/env python3
"""Kills backends with SIGKILL under load and watches the server come back."""

import argparse
import os
import random
import re
import signal
import subprocess

import cluster

READY = "database system is ready to accept connections"


def backends(server):
    listed = server.sql("select pid from pg_stat_activity where application_name = 'pgbench'",
                        check=False)
    return [int(pid) for pid in re.findall(r"^\d+$", listed, re.M)]


def kill_one(server, clients, chooser):
    """Returns the steps of the recovery as the server's log names them."""
    load = subprocess.Popen(
        cluster.unprivileged([server.bin / "pgbench", *server.connection(), "-n", "-c", clients,
                              "-T", "60", "postgres"]),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        cluster.wait_until(lambda: len(backends(server)) == clients, 30, "connecting")
        ready = server.log_text().count(READY)
        seen = len(server.log_text())
        os.kill(chooser.choice(backends(server)), signal.SIGKILL)
        cluster.wait_until(lambda: server.log_text().count(READY) > ready, 60, "crash recovery")
    finally:
        cluster.end_group(load)
    steps = []
    for line in server.log_text()[seen:].splitlines():
        found = re.search(r"\b(LOG|WARNING|FATAL|PANIC):\s+(.*)", line)
        if found and not re.search("HINT|DETAIL|redo|record length|recovery mode|startup process"
                                   "|checkpoint|to client|client connection", found.group(2)):
            step = re.sub(r"\d[\d/:. -]*", "N ", f"{found.group(1)}: {found.group(2)}")
            if step not in steps:
                steps.append(step)
    return steps


def balanced(server):
    """pgbench's transactions add the same to an account and to the history, and
    those that touch a teller add it to the branch as well."""
    return server.sql(
        "select (select sum(abalance) from pgbench_accounts) = (select coalesce(sum(delta), 0)"
        " from pgbench_history) and (select sum(bbalance) from pgbench_branches) = (select"
        " sum(tbalance) from pgbench_tellers)") == "t"


def main():
    parser = argparse.ArgumentParser(prog="run recovery", description=__doc__)
    parser.add_argument("--kills", type=int, default=5, help="backends killed, one at a time (5)")
    parser.add_argument("--clients", type=int, default=32, help="clients of pgbench (32)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    passed = failed = 0
    steps = {}
    for kind in cluster.KINDS:
        chooser = random.Random(options.seed)
        server = cluster.Server(kind, "recovery", {"fsync": "on", "full_page_writes": "on"})
        server.create()
        with server:
            server.pgbench("-i", "-q", "-s", "5")
            steps[kind] = []
            for _ in range(options.kills):
                steps[kind] = kill_one(server, options.clients, chooser)
                server.pgbench("-n", "-c", "8", "-t", "50", timeout=60)
                good = balanced(server)
                passed, failed = passed + good, failed + (not good)
        print(f"{kind} server: {options.kills} backends killed, recovered and usable each time")
        for step in steps[kind]:
            print(f"    {step}")
    same = steps["stock"] == steps["replaced"]
    passed, failed = passed + same, failed + (not same)
    print("both logs name the same steps" if same else "the logs differ")
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
