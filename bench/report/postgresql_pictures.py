"""The pictures of PostgreSQL's benchmark: a line for each workload."""

import drawing

BOUND = 0.98  # what the replaced server is to reach at least


def pictures_of(rows):
    drawn = [_ratios(rows), _counts(rows)]
    return [picture for picture in drawn if picture is not None]


def _ratios(rows):
    def draw():
        figure, (axis,) = drawing.grid(1, height=drawing.bars_height(2 * len(rows)))
        colour, marker = drawing.OURS
        axis.axvline(1, color="#8c8c8c", linewidth=1.2, label="as fast as stock")
        axis.axvline(BOUND, color=drawing.BASELINE[0], linewidth=1.2, linestyle="--",
                     label=f"{BOUND:g}")
        for place, row in enumerate(rows):
            axis.plot(row.ratios, [place + 0.22] * len(row.ratios), linestyle="none", marker="|",
                      markersize=7, color=colour, alpha=0.7, label="one round")
            axis.errorbar(row.ratio, place, xerr=[[row.ratio - row.low], [row.high - row.ratio]],
                          color=colour, marker=marker, markersize=6, linewidth=1.6, capsize=4,
                          linestyle="none", label="median and range of the rounds")
        _workloads(axis, rows)
        axis.set_xlabel("transactions a second, replaced / stock")
        drawing.legend(figure, [axis])
        return figure

    return drawing.picture("Transactions a second, replaced against stock",
                           "A round measures both servers in turns and gives one ratio. "
                           "More is better.", draw)


def _counts(rows):
    measures = {"calls to sleep and to wake": lambda server: server.sleeps_and_wakes(),
                "all system calls": lambda server: server.all_calls,
                "context switches": lambda server: server.context_switches}
    panels = {title: value for title, value in measures.items()
              if any(value(row.stock) is not None for row in rows)}
    looks = {"stock": drawing.BASELINE, "replaced": drawing.OURS}

    def draw():
        figure, axes = drawing.grid(len(panels), height=drawing.bars_height(2 * len(rows)),
                                    share_y=True)
        for axis, (title, value) in zip(axes, panels.items()):
            for offset, (kind, (colour, _)) in zip((-0.2, 0.2), looks.items()):
                lengths = {place + offset: value(getattr(row, kind))
                           for place, row in enumerate(rows)
                           if value(getattr(row, kind)) is not None}
                bars = axis.barh(list(lengths), list(lengths.values()), height=0.38, color=colour,
                                 label=kind)
                drawing.bar_labels(axis, bars, lengths.values())
            _workloads(axis, rows)
            drawing.title(axis, title)
        figure.supxlabel("a transaction", fontsize=10)
        drawing.legend(figure, axes)
        return figure

    return drawing.picture("System calls and context switches a transaction",
                           "Counted in a run of their own, one server at a time; the switches are "
                           "those of the whole machine. Less is better.", draw)


def _workloads(axis, rows):
    axis.set_yticks(range(len(rows)), [row.workload for row in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)
