#!/usr/bin/env python3
"""Many connections at once, with and without huge pages; none may hang."""

import argparse
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import cluster

HUGE_PAGES = Path("/proc/sys/vm/nr_hugepages")


def free_huge_pages():
    meminfo = Path("/proc/meminfo").read_text()
    return int(re.search(r"HugePages_Free:\s+(\d+)", meminfo).group(1))


class ReservedHugePages:
    """Reserves huge pages for a server, and gives them back."""

    def __init__(self, server):
        output = cluster.run([server.bin / "postgres", "-D", server.data, "-C",
                              "shared_memory_size_in_huge_pages",
                              *(f"-c{name}={value.strip(chr(39))}"
                                for name, value in server.settings.items())]).stdout
        self.wanted = int(re.findall(r"^\d+$", output, re.M)[-1])
        self.before = None

    def __enter__(self):
        free = free_huge_pages()
        if free >= self.wanted:
            return True
        if os.geteuid() != 0:
            return False
        self.before = HUGE_PAGES.read_text()
        HUGE_PAGES.write_text(str(int(self.before) + self.wanted - free))
        return free_huge_pages() >= self.wanted

    def __exit__(self, *_):
        if self.before is not None:
            HUGE_PAGES.write_text(self.before)


def storm(server, connections, transactions, limit):
    """Connections that came to their end, the time that all took, and what went wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("select count(*) from storm;\n")
        script.flush()
        os.chmod(script.name, 0o644)
        began = time.monotonic()
        try:
            done = server.pgbench("-n", "-C", "-c", str(connections), "-j", str(connections),
                                  "-t", str(transactions), "-f", script.name,
                                  check=False, timeout=limit)
        except subprocess.TimeoutExpired:
            return 0, limit, f"hangs, or takes longer than {limit} s"
    finished = cluster.transactions(done.stdout)
    good = finished == connections * transactions and done.returncode == 0
    return finished, time.monotonic() - began, "" if good else done.stdout.strip()[-500:]


def prepare(kind, connections):
    server = cluster.Server(kind, "storm", {"max_connections": str(connections + 20)})
    server.create()
    with server:
        server.sql("create table storm (id int, filler text)")
        server.sql("insert into storm select i, repeat('x', 100) from generate_series(1, 122460) i")
        server.sql("vacuum (freeze, analyze) storm")
    return server


def storms(server, options):
    """One with huge pages off and one with them on; prints each. Whether they were good."""
    good = []
    for huge in ("off", "on"):
        with ReservedHugePages(server) as reserved:
            if huge == "on" and not reserved:
                print(f"{server.kind} server, huge pages on: not run, they cannot be reserved here")
                continue
            server.start(huge_pages=huge)
            problem = "stopped in the middle"
            try:
                finished, seconds, problem = storm(server, options.connections,
                                                   options.transactions, options.limit)
            finally:
                # Who hangs does not leave when asked to.
                server.stop("immediate" if problem else "fast")
        wanted = options.connections * options.transactions
        good.append(not problem)
        print(f"{server.kind} server, huge pages {huge}: {finished} of {wanted} connections"
              f" done in {seconds:.1f} s{': ' + problem if problem else ''}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(prog="run storm", description=__doc__)
    parser.add_argument("--connections", type=int, default=500, help="at once (500)")
    parser.add_argument("--transactions", type=int, default=4,
                        help="of each client, every one on a new connection (4)")
    parser.add_argument("--server", choices=(*cluster.KINDS, "both"), default="both")
    parser.add_argument("--limit", type=int, default=300,
                        help="seconds after which a storm counts as hanging (300)")
    options = parser.parse_args()
    kinds = cluster.KINDS if options.server == "both" else (options.server,)

    good = {kind: storms(prepare(kind, options.connections), options) for kind in kinds}
    for kind, each in good.items():
        print(f"{kind} server: {each.count(True)} passed, {each.count(False)} failed")
    every = [each for of_kind in good.values() for each in of_kind]
    print(f"{every.count(True)} passed, {every.count(False)} failed")
    raise SystemExit(not all(every))


if __name__ == "__main__":
    main()
