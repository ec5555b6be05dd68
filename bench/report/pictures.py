"""The pictures of the scenarios."""

from matplotlib import ticker

import drawing
import scenarios

MOST_PANELS = 12
PERCENTILES = [("wait_p50_ns", "50 %"), ("wait_p90_ns", "90 %"), ("wait_p99_ns", "99 %"),
               ("wait_p99.9_ns", "99.9 %"), ("wait_max_ns", "max")]

_LOOKS = {"futex": drawing.OURS, "posix_sem": drawing.BASELINE,
          "pthread_rwlock": ("#009e73", "^"), "std_shared_mutex": ("#cc79a7", "D"),
          "lfht_threads": ("#8c8c8c", "v"), "floor_two_rmw": ("#8c8c8c", "v")}
_OTHER_LOOKS = [("#b8860b", "P"), ("#56b4e9", "X"), ("#8a63d2", "*"), ("#a0522d", "<"),
                ("#4b8b3b", ">"), ("#c0392b", "h")]


def _look(implementation, everybody):
    if implementation in _LOOKS:
        return _LOOKS[implementation]
    others = [name for name in everybody if name not in _LOOKS]
    return _OTHER_LOOKS[others.index(implementation) % len(_OTHER_LOOKS)]


def _implementations(cells):
    names = list(dict.fromkeys(cell.implementation for cell in cells))
    known = [name for name in _LOOKS if name in names]
    return known + [name for name in names if name not in known]


def _number(text):
    try:
        return float(text)
    except ValueError:
        return 0.0


def _panels(cells, *not_in_key):
    """Cells by the parameters that are left when those on the axes are taken out."""
    panels = {}
    for cell in cells:
        panels.setdefault(cell.case.without(*not_in_key), []).append(cell)
    # Interleaved runs come in any order.
    return dict(sorted(panels.items(),
                       key=lambda item: [(_number(value), value) for _, value in item[0]]))


def _named(parameters):
    return ", ".join(value if name in ("case", "trace") else f"{name}: {value}"
                     for name, value in parameters)


def _panel_title(key, keys):
    """Only what tells the panels apart."""
    return _named((name, value) for name, value in key
                  if len({dict(other).get(name) for other in keys}) > 1 or name == "trace")


def _counts_axis(axis, counts):
    """One place for each count, evenly: on a scale 1,000 and 2,000 would run into each other."""
    axis.set_xticks(range(len(counts)), [f"{count:,}" for count in counts])
    axis.set_xlim(-0.3, len(counts) - 0.7)


def _value_axis(axis, logarithmic):
    if logarithmic:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_locator(ticker.MaxNLocator(5))
    axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:,.6g}"))


def against(along, cells, metric, factor, title, caption, unit, logarithmic=False):
    """One panel for each case, one line for each implementation, the parameter `along` below."""
    cells = [cell for cell in cells if cell.values.get(metric) and cell.case.get(along)]
    panels = _panels(cells, along)
    if not panels:
        return None
    everybody = _implementations(cells)
    counts = sorted({int(cell.case.get(along)) for cell in cells})

    def draw():
        figure, axes = drawing.grid(len(panels))
        for axis, (key, inside) in zip(axes, panels.items()):
            for name in everybody:
                line = sorted((cell for cell in inside if cell.implementation == name),
                              key=lambda cell: int(cell.case.get(along)))
                if not line:
                    continue
                x = [counts.index(int(cell.case.get(along))) for cell in line]
                y = [cell.median(metric) * factor for cell in line]
                bounds = [cell.spread(metric) for cell in line]
                errors = [[value - low * factor for value, (low, _) in zip(y, bounds)],
                          [high * factor - value for value, (_, high) in zip(y, bounds)]]
                colour, marker = _look(name, everybody)
                axis.errorbar(x, y, yerr=errors, label=name, color=colour, marker=marker,
                              markersize=5, linewidth=1.6, capsize=3)
            _counts_axis(axis, counts)
            _value_axis(axis, logarithmic)
            drawing.title(axis, _panel_title(key, panels))
        figure.supxlabel(along, fontsize=10)
        figure.supylabel(unit, fontsize=10)
        drawing.legend(figure, axes)
        return figure

    return drawing.picture(title, caption, draw)


def _duration(nanoseconds, _=None):
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds:g} ns"


def wait_times(cells, title):
    """One panel for each case in which somebody waited; too many: those of most backends."""
    cells = [cell for cell in cells if (cell.median("wait_max_ns") or 0) > 0]
    if not cells:
        return None
    panels = _panels(cells)
    if len(panels) > MOST_PANELS:
        most = max(int(cell.case.get("backends", 0)) for cell in cells)
        panels = {key: inside for key, inside in panels.items()
                  if int(dict(key).get("backends", 0)) == most}
        panels = dict(list(panels.items())[:MOST_PANELS])
    everybody = _implementations(cells)
    # A row for each trace or the like, where that gives a fitting number of columns.
    counts = {dict(key).get("backends") for key in panels}
    columns = len(counts) if 3 <= len(counts) <= 4 else drawing.COLUMNS

    def draw():
        figure, axes = drawing.grid(len(panels), share_y=True, most_columns=columns)
        for axis, (key, inside) in zip(axes, panels.items()):
            shown = [(metric, label) for metric, label in PERCENTILES
                     if any(cell.values.get(metric) for cell in inside)]
            for name in everybody:
                for cell in (cell for cell in inside if cell.implementation == name):
                    points = [(index, cell.median(metric)) for index, (metric, _)
                              in enumerate(shown) if cell.median(metric)]
                    colour, marker = _look(name, everybody)
                    axis.plot(*zip(*points), label=name, color=colour, marker=marker,
                              markersize=5, linewidth=1.6)
            axis.set_xticks(range(len(shown)), [label for _, label in shown], fontsize=8)
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter(ticker.FuncFormatter(_duration))
            axis.yaxis.set_minor_formatter(ticker.NullFormatter())
            drawing.title(axis, _panel_title(key, panels))
        figure.supxlabel("percentile of the acquisitions that waited", fontsize=10)
        figure.supylabel("wait", fontsize=10)
        drawing.legend(figure, axes)
        return figure

    return drawing.picture(title, "From one observed run of each case. Panels without a line for "
                           "an implementation: nobody waited there.", draw)


def bars(cells, metric, factor, title, caption, unit, logarithmic=False):
    """For scenarios without an axis: a group of bars for each case."""
    cells = [cell for cell in cells if cell.values.get(metric)]
    panels = _panels(cells)
    if not panels:
        return None
    everybody = _implementations(cells)

    def draw():
        figure, axes = drawing.grid(len(panels), legend=False,
                                    height=drawing.bars_height(len(everybody)))
        for axis, (key, inside) in zip(axes, panels.items()):
            inside = sorted(inside, key=lambda cell: everybody.index(cell.implementation))
            values = [cell.median(metric) * factor for cell in inside]
            colours = [_look(cell.implementation, everybody)[0] for cell in inside]
            drawn = axis.barh([cell.implementation for cell in inside], values, color=colours)
            drawing.bar_labels(axis, drawn, values)
            axis.invert_yaxis()
            if logarithmic:
                axis.set_xscale("log")
            axis.grid(axis="y", visible=False)
            drawing.title(axis, _panel_title(key, panels) or _named(key))
        figure.supxlabel(unit, fontsize=10)
        return figure

    return drawing.picture(title, caption, draw)


def pictures_of(all_results, name):
    scenario = scenarios.describe(name)
    cells = all_results.scenario(name)
    better = "More is better." if scenario.more_is_better else "Less is better."
    drawn = []
    measure = scenarios.Plot(scenario.metric, scenario.measure or
                             scenario.unit[0].upper() + scenario.unit[1:], scenario.unit,
                             scenario.scale)
    for plot in (measure, *scenario.plots):
        factor = 1 / plot.scale
        if any(cell.case.get(scenario.axis) for cell in cells):
            drawn.append(against(scenario.axis, cells, plot.metric, factor,
                                 f"{plot.title}, against the number of {scenario.axis}",
                                 f"Medians; the bars span the middle half of the repetitions. "
                                 f"{better}", plot.unit, scenario.logarithmic))
        else:
            drawn.append(bars(cells, plot.metric, factor, plot.title, f"Medians. {better}",
                              plot.unit, scenario.logarithmic))
    drawn.append(wait_times(cells, "How long waits took"))
    drawn.append(against(
        scenario.axis, cells, f"system_calls_per_{scenario.operation}", 1000,
        f"System calls per 1,000 {scenario.operation}s",
        "All system calls of all backends, in one observed run of each case.",
        f"calls per 1,000 {scenario.operation}s"))
    return [picture for picture in drawn if picture is not None]
