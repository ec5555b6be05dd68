"""The files that a report is made of, told apart by what they hold."""

import json
from dataclasses import dataclass

import postgresql
import results


@dataclass
class Inputs:
    scenarios: results.Results
    postgresql: postgresql.Measurement  # or None


def load(paths):
    of_google_benchmark = []
    of_postgresql = []
    for path in paths:
        document = _read(path)
        ours = "schema" in document
        (of_postgresql if ours else of_google_benchmark).append((path, document))
    if len(of_postgresql) > 1:
        names = " and ".join(str(path) for path, _ in of_postgresql)
        raise results.ResultsError(f"a report has room for one file of PostgreSQL, not {names}")
    return Inputs(results.collect(of_google_benchmark),
                  postgresql.read(*of_postgresql[0]) if of_postgresql else None)


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        raise results.ResultsError(f"{path}: no results: {error}") from error
    if not isinstance(document, dict) or not {"schema", "context"} & document.keys():
        raise results.ResultsError(f"{path}: results neither of Google Benchmark nor of "
                                   "integrations/postgresql/run bench")
    return document
