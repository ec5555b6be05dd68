#!/usr/bin/env python3
"""Many connections at once, with and without huge pages; none may hang."""

import argparse
import os
import re
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
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("select count(*) from storm;\n")
        script.flush()
        os.chmod(script.name, 0o644)
        began = time.monotonic()
        done = server.pgbench("-n", "-C", "-c", str(connections), "-j", str(connections),
                              "-t", str(transactions), "-f", script.name,
                              check=False, timeout=limit)
    finished = cluster.transactions(done.stdout)
    return finished, time.monotonic() - began, done


def main():
    parser = argparse.ArgumentParser(prog="run storm", description=__doc__)
    parser.add_argument("--connections", type=int, default=500, help="at once (500)")
    parser.add_argument("--transactions", type=int, default=4,
                        help="of each client, every one on a new connection (4)")
    parser.add_argument("--server", choices=cluster.KINDS, default="replaced")
    parser.add_argument("--limit", type=int, default=300,
                        help="seconds after which a storm counts as hanging (300)")
    options = parser.parse_args()

    settings = {"max_connections": str(options.connections + 20)}
    server = cluster.Server(options.server, "storm", settings)
    server.create()
    with server:
        server.sql("create table storm (id int, filler text)")
        server.sql("insert into storm select i, repeat('x', 100) from generate_series(1, 122460) i")
        server.sql("vacuum (freeze, analyze) storm")

    passed = failed = 0
    for huge in ("off", "on"):
        with ReservedHugePages(server) as reserved:
            if huge == "on" and not reserved:
                print("huge pages on: not run, they cannot be reserved here")
                continue
            server.start(huge_pages=huge)
            try:
                finished, seconds, done = storm(server, options.connections, options.transactions,
                                                options.limit)
            finally:
                server.stop("immediate" if server.log_text().count("PANIC") else "fast")
        wanted = options.connections * options.transactions
        good = finished == wanted and done.returncode == 0
        passed, failed = passed + good, failed + (not good)
        print(f"{options.server} server, huge pages {huge}: {finished} of {wanted} connections"
              f" done in {seconds:.1f} s{'' if good else ': ' + done.stdout.strip()[-500:]}",
              flush=True)
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
