"""Google Benchmark's JSON files as cells: what one implementation did in one case."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy

BASE = "posix_sem"

# Parts that Google Benchmark adds to a name by itself.
_ADDED = re.compile(r"^(iterations|repeats|min_time|min_warmup_time|manual_time|process_time"
                    r"|real_time|threads)(:.*)?$")
# Members of a result that are not counters.
_NOT_METRICS = {"family_index", "per_family_instance_index", "repetitions", "repetition_index",
                "threads", "iterations"}
_NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


class ResultsError(Exception):
    """A file that holds no benchmark results."""


@dataclass(frozen=True)
class Case:
    """What was asked of every implementation: a scenario with its parameters."""
    scenario: str
    parameters: tuple

    def get(self, name, default=None):
        return dict(self.parameters).get(name, default)

    def without(self, *names):
        return tuple((key, value) for key, value in self.parameters if key not in names)


@dataclass
class Cell:
    """The repetitions of one implementation in one case, metric by metric."""
    case: Case
    implementation: str
    values: dict = field(default_factory=lambda: defaultdict(list))
    errors: list = field(default_factory=list)
    remarks: list = field(default_factory=list)

    def median(self, metric):
        values = self.values.get(metric)
        return float(numpy.median(values)) if values else None

    def spread(self, metric):
        """Lower and upper quartile."""
        return tuple(float(value) for value in numpy.percentile(self.values[metric], [25, 75]))


@dataclass
class Results:
    cells: list
    contexts: list

    def scenario(self, name):
        return [cell for cell in self.cells if cell.case.scenario == name]

    def scenarios(self):
        return list(dict.fromkeys(cell.case.scenario for cell in self.cells))

    def base_of(self, cell):
        """The baseline's cell in the same case, or None."""
        for other in self.cells:
            if other.implementation == BASE and other.case == cell.case:
                return other
        return None


def parse_name(name):
    """`scenario/implementation/key:value/...` as a case and the implementation."""
    scenario, implementation, *rest = name.split("/")
    parameters = []
    for part in rest:
        if _ADDED.match(part):
            continue
        key, colon, value = part.partition(":")
        parameters.append((key, value) if colon else ("case", part))
    return Case(scenario, tuple(parameters)), implementation


def collect(documents):
    """The cells of all documents: pairs of a path and what it holds."""
    cells = {}
    contexts = []
    for path, document in documents:
        try:
            contexts.append(dict(document["context"]))
            for run in document["benchmarks"]:
                if run.get("run_type", "iteration") == "iteration":
                    _add(cells, run)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ResultsError(f"{path}: no results of Google Benchmark: {error!r}") from error
    if contexts and not cells:
        raise ResultsError("the files hold no finished benchmark")
    return Results(list(cells.values()), contexts)


def _add(cells, run):
    case, implementation = parse_name(run["name"])
    cell = cells.setdefault((case, implementation), Cell(case, implementation))
    if run.get("error_occurred"):
        cell.errors.append(run.get("error_message", "failed"))
        return
    if run.get("label") and run["label"] not in cell.remarks:
        cell.remarks.append(run["label"])
    for key, value in run.items():
        if key not in _NOT_METRICS and isinstance(value, (int, float)):
            cell.values[key].append(float(value))
    unit = _NANOSECONDS[run.get("time_unit", "ns")]
    cell.values["time_ns"].append(run["real_time"] * unit)


def ratio(cell, base, metric):
    """The ratio of the medians, and the 95 % interval that resampling gives it."""
    own = numpy.array(cell.values[metric])
    other = numpy.array(base.values[metric])
    generator = numpy.random.default_rng(1)

    def resampled(values):
        return numpy.median(generator.choice(values, (2000, len(values))), axis=1)

    ratios = resampled(own) / resampled(other)
    low, high = numpy.percentile(ratios, [2.5, 97.5])
    return float(numpy.median(own) / numpy.median(other)), float(low), float(high)
