"""Turns results of the benchmarks into a page with pictures, and into one JSON file.

    python3 bench/report --output build/report FILE.json...

The files are those that the programs write with --benchmark_out, and the one
that integrations/postgresql/run bench writes.
"""

import argparse
import datetime
import json
import pathlib
import sys

import inputs
import machine
import postgresql
import results
import scenarios
import table


def parse_arguments():
    parser = argparse.ArgumentParser(prog="report", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE.json")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="write index.html and results.json there; "
                             "without it only the tables are printed")
    parser.add_argument("--quiet", action="store_true", help="print no tables")
    return parser.parse_args()


def row_as_json(row, cell):
    metrics = {}
    for name, values in cell.values.items():
        low, high = cell.spread(name)
        metrics[name] = {"median": cell.median(name), "lower_quartile": low,
                         "upper_quartile": high, "values": values}
    ratio = dict(zip(("value", "low", "high"), row.ratio)) if row.ratio else None
    return {"implementation": row.implementation, "parameters": dict(row.case.parameters),
            "repetitions": row.repetitions, "ratio": ratio, "verdict": row.verdict,
            "error": row.error, "remark": row.remark, "metrics": metrics}


def write_json(folder, read, rows):
    cells = {(cell.case, cell.implementation): cell for cell in read.scenarios.cells}
    document = {
        "format": 1,
        "made": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "base": results.BASE,
        "machine": machine.describe(read.scenarios.contexts),
        "commands": machine.commands(read.scenarios.contexts),
        "scenarios": {
            name: {"metric": scenarios.describe(name).metric,
                   "more_is_better": scenarios.describe(name).more_is_better,
                   "cells": [row_as_json(row, cells[row.case, row.implementation])
                             for row in section_rows]}
            for name, section_rows in rows.items()}}
    if read.postgresql:
        document["postgresql"] = read.postgresql.document
    text = json.dumps(document, indent=1, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def main():
    options = parse_arguments()
    try:
        read = inputs.load(options.files)
    except results.ResultsError as error:
        sys.exit(f"report: {error}")
    names = scenarios.known_order(read.scenarios.scenarios())
    rows = {name: table.rows_of(read.scenarios, name) for name in names}
    if not options.quiet:
        for name, section_rows in rows.items():
            table.print_rows(name, section_rows, sys.stdout)
        if read.postgresql:
            postgresql.print_rows(read.postgresql.rows, sys.stdout)
    if options.output:
        import page  # with matplotlib, which takes its time and is not needed for the tables
        options.output.mkdir(parents=True, exist_ok=True)
        page.write(options.output, read, rows)
        write_json(options.output, read, rows)
        print(f"{'' if options.quiet else chr(10)}The report: {options.output / 'index.html'}")


if __name__ == "__main__":
    main()
