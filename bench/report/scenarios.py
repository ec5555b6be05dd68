"""What the report knows about each scenario: its measure, and how to say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    title: str
    about: str
    metric: str          # what implementations are compared by
    unit: str            # of the metric divided by `scale`
    scale: float
    more_is_better: bool
    operation: str       # what system calls and waits are counted for


_KNOWN = {
    "buffer_mapping": Scenario(
        "Main job: the buffer-mapping table",
        "Forked backends replay the buffer lookups of a real PostgreSQL against one table with "
        "a lock for each partition. lfht_threads is a lock-free table, with threads instead of "
        "processes: what no lock at all would give.",
        "lookups_per_second", "million lookups/s", 1e6, True, "lookup"),
    "contended": Scenario(
        "Contended locks",
        "Backends acquire and release locks, with some work inside and some outside.",
        "acquisitions_per_second", "million acquisitions/s", 1e6, True, "acquisition"),
    "uncontended": Scenario(
        "Uncontended acquire and release",
        "One backend alone. floor_two_rmw is two bare read-modify-writes, no lock.",
        "time_ns", "ns", 1.0, False, "pair"),
}


def describe(name):
    """A scenario that is not known by name is compared by its time."""
    return _KNOWN.get(name) or Scenario(name.replace("_", " ").capitalize(), "", "time_ns", "µs",
                                        1e3, False, "operation")


def known_order(names):
    first = [name for name in _KNOWN if name in names]
    return first + [name for name in names if name not in first]
