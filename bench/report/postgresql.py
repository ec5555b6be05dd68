"""What integrations/postgresql/run bench measured: the stock server against the replaced one."""

from dataclasses import dataclass

import results

SCHEMA = "lwlock-postgresql-bench/1"


@dataclass
class Server:
    """One server under one workload. All but `tps` are for one transaction; calls
    are None where they could not be counted."""
    tps: float
    context_switches: float
    semaphore_calls: float
    lock_calls: float      # this library's futex calls
    all_calls: float

    def sleeps_and_wakes(self):
        """A server may use both: PostgreSQL's group commit stays on semaphores."""
        return None if self.all_calls is None else self.semaphore_calls + self.lock_calls


@dataclass
class Row:
    workload: str
    stock: Server
    replaced: Server
    ratio: float           # of the rates, replaced to stock: median of the rounds
    low: float
    high: float
    ratios: list           # of each round
    seconds: float         # of a round
    date: str

    @property
    def verdict(self):
        """better, worse, or empty where the rounds do not agree."""
        return "better" if self.low > 1 else "worse" if self.high < 1 else ""


@dataclass
class Measurement:
    document: dict         # as it was read
    rows: list

    def facts(self):
        """Names and values, for people."""
        machine = self.document["machine"]
        settings = self.document["settings"]
        return {"PostgreSQL": self.document["postgresql"],
                "processors": f"{machine['cpus']}, {machine['processor']}",
                "kernel": f"Linux {machine['kernel']}",
                "pgbench scale": self.document["scale"],
                "settings": ", ".join(f"{name} = {str(value).strip(chr(39)) or 'none'}"
                                      for name, value in settings.items()),
                "measured": machine["date"]}


def read(path, document):
    if document["schema"] != SCHEMA:
        raise results.ResultsError(f"{path} has the form {document['schema']}, not {SCHEMA}")
    try:
        measurement = Measurement(document, [_row(result) for result in document["results"]])
        measurement.facts()  # all there?
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise results.ResultsError(f"{path}: no results of PostgreSQL: {error!r}") from error
    if not measurement.rows:
        raise results.ResultsError(f"{path} holds no workload")
    return measurement


def _row(result):
    ratio = result["ratio"]
    return Row(result["workload"], _server(result["stock"]), _server(result["replaced"]),
               float(ratio["median"]), float(ratio["min"]), float(ratio["max"]),
               [float(each) for each in ratio["runs"]], result["seconds"], str(result["date"]))


def _server(measured):
    calls = measured["system_calls"]
    if calls is None:
        counted = (None, None, None)
    else:
        counted = (calls["semaphore_wait"] + calls["semaphore_wake"],
                   calls["lock_wait"] + calls["lock_wake"], calls["all"])
    return Server(float(measured["tps"]["median"]), float(measured["context_switches"]), *counted)


def count(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def print_rows(rows, out):
    print(f"\n{'workload':<12} {'stock tps':>10} {'replaced':>10} {'ratio':>6} {'(range)':>13}"
          f" {'sem':>7} {'futex':>7} {'calls':>13} {'switches':>13}", file=out)
    for row in rows:
        stock, replaced = row.stock, row.replaced
        calls = "-" if stock.all_calls is None else (
            f"{stock.all_calls:.1f}/{count(replaced.all_calls, 1)}")
        switches = f"{count(stock.context_switches)}/{count(replaced.context_switches)}"
        print(f"{row.workload:<12} {stock.tps:>10.1f} {replaced.tps:>10.1f} {row.ratio:>6.3f}"
              f" ({row.low:.3f}-{row.high:.3f}) {count(stock.semaphore_calls):>7}"
              f" {count(replaced.lock_calls):>7} {calls:>13} {switches:>13}", file=out)
    print("ratio: replaced/stock, median and range over the rounds. sem: semaphore calls a"
          " transaction of the\nstock server; futex: lock calls of the replaced one; calls and"
          " switches: stock/replaced, a transaction.", file=out)
