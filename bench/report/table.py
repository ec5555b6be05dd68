"""The table of ratios, for the terminal and for the page."""

from dataclasses import dataclass

import results
import scenarios


@dataclass
class Row:
    case: results.Case
    implementation: str
    value: float          # median, in the scenario's unit
    spread: float         # half the distance between the quartiles, as a part of the median
    repetitions: int
    ratio: tuple          # against the baseline: value, low, high; None without one
    verdict: str          # better, worse, same, or empty
    hit_ratio: float
    error: str
    remark: str

    def parameters(self, names):
        return " ".join(value if key in ("case", "trace") else f"{key} {value}"
                        for key, value in self.case.parameters if key in names)


def rows_of(all_results, name):
    scenario = scenarios.describe(name)
    rows = [_row(cell, all_results.base_of(cell), scenario) for cell in all_results.scenario(name)]
    return sorted(rows, key=_order)


def _order(row):
    numbers = [(float(value) if value.replace(".", "", 1).isdigit() else 0.0, value)
               for _, value in row.case.parameters]
    return numbers, row.implementation != results.BASE, row.implementation


def _row(cell, base, scenario):
    if cell.errors or not cell.values.get(scenario.metric):
        error = cell.errors[0] if cell.errors else "no result"
        return Row(cell.case, cell.implementation, None, None, 0, None, "", None, error,
                   "")
    value = cell.median(scenario.metric)
    low, high = cell.spread(scenario.metric)
    ratio = None
    if base is not None and base is not cell and base.values.get(scenario.metric):
        ratio = results.ratio(cell, base, scenario.metric)
    return Row(cell.case, cell.implementation, value / scenario.scale,
               (high - low) / 2 / value if value else 0.0, len(cell.values[scenario.metric]),
               ratio, _verdict(ratio, scenario), cell.median("hit_ratio"), "",
               "; ".join(cell.remarks))


def _verdict(ratio, scenario):
    if ratio is None:
        return ""
    _, low, high = ratio
    if low <= 1 <= high:
        return "same"
    return "better" if (low > 1) == scenario.more_is_better else "worse"


def varying_parameters(rows):
    """The names of the parameters that are not the same in every row."""
    values = {}
    for row in rows:
        for key, value in row.case.parameters:
            values.setdefault(key, set()).add(value)
    return [key for key, seen in values.items() if len(seen) > 1]


def print_rows(name, rows, out):
    scenario = scenarios.describe(name)
    better = "more" if scenario.more_is_better else "less"
    varying = varying_parameters(rows)
    labels = [row.parameters(varying) for row in rows]
    width = max(map(len, labels))
    names = max(len(row.implementation) for row in rows)
    print(f"\n{scenario.title}: {scenario.unit}, and times {results.BASE} "
          f"({better} is better; 95 % interval)", file=out)
    previous = None
    for row, label in zip(rows, labels):
        shown = "" if label == previous else label
        previous = label
        print(f"  {shown:{width}}  {row.implementation:{names}}  {_numbers(row)}", file=out)


def _numbers(row):
    if row.error:
        return f"failed: {row.error}"
    text = f"{row.value:9.3f} ±{row.spread:4.0%}"
    if row.ratio:
        value, low, high = row.ratio
        mark = {"better": "  better", "worse": "  WORSE", "same": ""}[row.verdict]
        text += f"   {value:6.3f}  [{low:.3f}, {high:.3f}]{mark}"
    if row.remark:
        text += f"   {row.remark}"
    return text
