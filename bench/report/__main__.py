"""Turns results of the benchmarks into a page with pictures, and into one JSON file.

    python3 bench/report --output build/report FILE.json...

The files are those that the programs write with --benchmark_out.
"""

import argparse
import base64
import datetime
import json
import pathlib
import sys

import jinja2

import machine
import pictures
import results
import scenarios
import table


def parse_arguments():
    parser = argparse.ArgumentParser(prog="report", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE.json")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="write index.html and results.json there; "
                             "without it only the table is printed")
    return parser.parse_args()


def commands_of(contexts):
    return [context.get("command") or context.get("executable", "unknown") for context in contexts]


def write_page(folder, all_results, rows):
    sections = []
    for name, section_rows in rows.items():
        parameters = list(dict.fromkeys(key for row in section_rows
                                        for key, _ in row.case.parameters))
        sections.append({"scenario": scenarios.describe(name), "rows": section_rows,
                         "parameters": parameters,
                         "has_remarks": any(row.remark for row in section_rows),
                         "has_hit_ratio": any(row.hit_ratio is not None for row in section_rows),
                         "pictures": pictures.pictures_of(all_results, name)})
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["base64"] = lambda text: base64.b64encode(text.encode()).decode()
    page = environment.get_template("page.html.j2").render(
        sections=sections, base=results.BASE, machine=machine.describe(all_results.contexts),
        commands=commands_of(all_results.contexts),
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"))
    (folder / "index.html").write_text(page, encoding="utf-8")


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


def write_json(folder, all_results, rows):
    cells = {(cell.case, cell.implementation): cell for cell in all_results.cells}
    document = {
        "format": 1,
        "made": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "base": results.BASE,
        "machine": machine.describe(all_results.contexts),
        "commands": commands_of(all_results.contexts),
        "scenarios": {
            name: {"metric": scenarios.describe(name).metric,
                   "more_is_better": scenarios.describe(name).more_is_better,
                   "cells": [row_as_json(row, cells[row.case, row.implementation])
                             for row in section_rows]}
            for name, section_rows in rows.items()}}
    text = json.dumps(document, indent=1, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def main():
    options = parse_arguments()
    try:
        all_results = results.load(options.files)
    except results.ResultsError as error:
        sys.exit(f"report: {error}")
    names = scenarios.known_order(all_results.scenarios())
    rows = {name: table.rows_of(all_results, name) for name in names}
    for name, section_rows in rows.items():
        table.print_rows(name, section_rows, sys.stdout)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        write_page(options.output, all_results, rows)
        write_json(options.output, all_results, rows)
        print(f"\nThe report: {options.output / 'index.html'}")


if __name__ == "__main__":
    main()
