"""What the report knows about each scenario: its measure, and how to say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plot:
    """One more picture of a scenario, beside that of its measure."""
    metric: str
    title: str
    unit: str
    scale: float = 1.0


@dataclass(frozen=True)
class Scenario:
    title: str
    about: str
    metric: str          # what implementations are compared by
    unit: str            # of the metric divided by `scale`
    scale: float
    more_is_better: bool
    operation: str       # what system calls and waits are counted for
    axis: str = "backends"  # the parameter that pictures have along the bottom
    logarithmic: bool = False
    measure: str = ""    # title of the measure's picture; the unit if empty
    plots: tuple = ()


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
    "read_mostly": Scenario(
        "Many readers, a writer now and then",
        "Backends read under one lock, with nothing between two acquisitions.",
        "acquisitions_per_second", "million acquisitions/s", 1e6, True, "acquisition"),
    "wakeup": Scenario(
        "Releasing a lock that others sleep for",
        "One backend holds the lock until all waiters sleep, and releases.",
        "release_ns", "µs", 1e3, False, "release", axis="waiters", logarithmic=True,
        measure="How long the release takes its caller",
        plots=(Plot("all_ran_ns", "Until every waiter has had the lock", "µs", 1e3),
               Plot("hand_over_ns", "From one exclusive holder to the next", "µs", 1e3),
               Plot("exclusive_runs_ns", "Until an exclusive waiter runs that came last", "µs",
                    1e3))),
    "fairness": Scenario(
        "The longest wait",
        "One backend against others that hold the lock in overlapping turns, in the mode that "
        "keeps it out. Where it does not get the lock at all, the others stop after a while.",
        "worst_wait_ms", "ms", 1.0, False, "acquisition", axis="none", logarithmic=True,
        measure="The longest wait", plots=(Plot("wait_p50_ms", "Half of the waits are shorter", "ms"),)),
    "scaling": Scenario(
        "From one processor to the next",
        "Backends that each have a processor of their own acquire and release one lock.",
        "time_ns", "ns", 1.0, False, "pair", axis="cpus",
        measure="Time from one pair to the next, whoever makes it"),
    "futex_words": Scenario(
        "A futex word for each class",
        "One sleeper is woken that came after many of another class: all on one word, or each "
        "class on its own.",
        "time_ns", "µs", 1e3, False, "wake", axis="sleepers", logarithmic=True,
        measure="How long the wake takes its caller"),
    "startup": Scenario(
        "What locks cost before the first is taken",
        "Everything for so many backends is created, a child attaches and leaves, all is destroyed.",
        "time_ns", "µs", 1e3, False, "start", axis="none", measure="From nothing to nothing"),
    "storm": Scenario(
        "The storm",
        "Processes started at once scan a relation through the buffer-mapping table, and leave.",
        "time_ns", "ms", 1e6, False, "run", measure="Until the last process has left"),
    "uncontended": Scenario(
        "Uncontended acquire and release",
        "One backend alone. floor_two_rmw is two bare read-modify-writes, no lock.",
        "time_ns", "ns", 1.0, False, "pair", axis="none", measure="How long a pair takes"),
}


def describe(name):
    """A scenario that is not known by name is compared by its time."""
    return _KNOWN.get(name) or Scenario(name.replace("_", " ").capitalize(), "", "time_ns", "µs",
                                        1e3, False, "operation")


def known_order(names):
    first = [name for name in _KNOWN if name in names]
    return first + [name for name in names if name not in first]
