#!/usr/bin/env python3
"""Wait events of a busy server by name, and its static probes through bpftrace."""

import argparse
import collections
import re
import subprocess
from pathlib import Path

import cluster
import tracing

PROBES = Path(__file__).with_name("probes.bt")

# How far the counts of acquisitions and releases may differ: a probe that is hit
# while its handler is interrupted on the same processor is not counted, and
# neither is the first or the last of a process that was being attached to.
MISSED_SHARE = 0.05
MISSED_ANYWAY = 100

# Contention: small WAL records beside TPC-B-like transactions.
WAL_SCRIPT = ("select count(pg_logical_emit_message(false, 'lwlock', '0123456789'))"
              " from generate_series(1, 500);\n")

SAMPLER = """
create temp table seen (event text);
do $$ begin
    for i in 1..{samples} loop
        perform pg_stat_clear_snapshot();
        insert into seen select wait_event from pg_stat_activity where wait_event_type = 'LWLock';
        perform pg_sleep(0.01);
    end loop;
end $$;
select event, count(*) from seen group by event order by 2 desc
"""


def documented_names():
    """LWLock wait events that PostgreSQL's manual lists."""
    manual = cluster.BUILD / "postgresql" / "tree" / "doc" / "src" / "sgml" / "monitoring.sgml"
    table = re.search(r'<table id="wait-event-lwlock-table">(.*?)</table>', manual.read_text(),
                      re.S).group(1)
    return set(re.findall(r"<entry><literal>(\w+)</literal></entry>", table))


def load(server, clients, seconds):
    script = server.folder / "wal.sql"
    script.write_text(WAL_SCRIPT)
    return subprocess.Popen(
        cluster.unprivileged([server.bin / "pgbench", *server.connection(), "-n", "-M", "prepared",
                              "-b", "tpcb-like@9", "-f", f"{script}@1", "-c", clients, "-j", 2,
                              "-T", seconds, "postgres"]),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def sampled_events(server, clients, seconds):
    """How often each LWLock wait event was seen in pg_stat_activity."""
    busy = load(server, clients, seconds)
    lines = server.sql(SAMPLER.format(samples=seconds * 25), timeout=seconds + 120).splitlines()
    busy.communicate(timeout=seconds + 60)
    return collections.Counter({name: int(count) for name, count in (
        line.split("|") for line in lines if "|" in line)})


def traced(server, clients, seconds):
    """The maps of probes.bt while pgbench runs; None without bpftrace."""
    if not tracing.possible():
        return None
    try:
        with tracing.Trace(PROBES, server.bin / "postgres") as trace:
            load(server, clients, seconds).wait(timeout=seconds + 60)
            return trace.end()
    except tracing.Failed as failure:
        raise SystemExit(f"run: {failure}") from failure


def by_tranche(counts):
    """Sums over the modes of a map keyed by tranche, mode."""
    sums = collections.Counter()
    for key, count in counts.items():
        sums[key.rsplit(",", 1)[0]] += count
    return sums


def main():
    parser = argparse.ArgumentParser(prog="run events", description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=10, help="of each of the two runs (10)")
    parser.add_argument("--server", choices=(*cluster.KINDS, "both"), default="both")
    options = parser.parse_args()
    kinds = cluster.KINDS if options.server == "both" else (options.server,)
    known = documented_names()
    checks = {}

    for kind in kinds:
        server = cluster.Server(kind, "events", {"shared_buffers": "'16MB'"})
        server.create()
        with server:
            server.pgbench("-i", "-q", "-s", "10", timeout=300)
            seen = sampled_events(server, options.clients, options.seconds)
            maps = traced(server, options.clients, options.seconds)
        print(f"{kind} server, wait events sampled: " + ", ".join(
            f"{name} {count}" for name, count in seen.most_common()))
        checks[f"{kind}: LWLock waits were seen"] = bool(seen)
        checks[f"{kind}: every name is a documented one"] = set(seen) <= known
        if maps is None:
            print("probes: not traced, that needs bpftrace and root")
            continue
        acquired = by_tranche(maps["@acquired"])
        waits = by_tranche(maps.get("@waits", {}))
        print(f"{kind} server, probes:  {'tranche':<22} {'acquired':>9} {'released':>9}"
              f" {'waits':>7}")
        for name, count in acquired.most_common(14):
            print(f"{'':<24} {name:<22} {count:>9} {maps['@released'].get(name, 0):>9}"
                  f" {waits[name]:>7}")
        checks[f"{kind}: what was acquired was released"] = all(
            abs(count - maps["@released"].get(name, 0)) <= MISSED_ANYWAY + MISSED_SHARE * count
            for name, count in acquired.items())
        checks[f"{kind}: waits were traced, under documented names"] = bool(waits) and (
            set(waits) <= known)

    for what, good in checks.items():
        print(f"{'ok' if good else 'FAILED'}: {what}")
    failed = sum(not good for good in checks.values())
    print(f"{len(checks) - failed} passed, {failed} failed")
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
