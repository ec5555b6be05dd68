"""What all pictures have in common: themes, panels, the legend above them."""

import io
import math
import textwrap
from dataclasses import dataclass

import matplotlib
matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

COLUMNS = 3
PANEL_WIDTH = 3.7  # inches
PANEL_HEIGHT = 2.7
LEGEND_HEIGHT = 0.4  # inches
TITLE_WIDTH = 30  # characters that fit above a panel

# Colour and marker of what this library does, and of what it is compared with.
# People with colour-blindness tell them apart, and the shapes differ too.
OURS = ("#2188d9", "o")
BASELINE = ("#d55e00", "s")


@dataclass(frozen=True)
class Theme:
    text: str
    line: str


LIGHT = Theme(text="#1f2328", line="#d0d7de")
DARK = Theme(text="#e6edf3", line="#3d444d")


@dataclass
class Picture:
    title: str
    caption: str
    light: str
    dark: str


def picture(title, caption, draw):
    """Draws twice, for light and for dark pages."""
    drawn = []
    for theme in (LIGHT, DARK):
        style = {"text.color": theme.text, "axes.labelcolor": theme.text,
                 "axes.titlecolor": theme.text, "xtick.color": theme.text,
                 "ytick.color": theme.text, "axes.edgecolor": theme.line,
                 "grid.color": theme.line, "axes.facecolor": "none", "figure.facecolor": "none",
                 "font.size": 10, "axes.titlesize": 10, "axes.spines.top": False,
                 "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
                 "grid.linewidth": 0.6, "legend.frameon": False, "svg.fonttype": "path",
                 "svg.hashsalt": "lwlock"}
        with pyplot.rc_context(style):
            figure = draw()
            buffer = io.StringIO()
            figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
            pyplot.close(figure)
        drawn.append(buffer.getvalue())
    return Picture(title, caption, *drawn)


def grid(count, *, height=PANEL_HEIGHT, share_y=False, most_columns=COLUMNS, legend=True):
    """A figure with so many panels, each so many inches high."""
    columns = min(most_columns, count)
    rows = math.ceil(count / columns)
    above = LEGEND_HEIGHT if legend else 0
    whole = height * rows + 0.2 + above
    figure, axes = pyplot.subplots(rows, columns, figsize=(PANEL_WIDTH * max(columns, 2), whole),
                                   squeeze=False, sharey=share_y, layout="constrained")
    # A strip above for the legend.
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - above / whole))
    flat = list(axes.flat)
    for axis in flat[count:]:
        axis.remove()
    return figure, flat[:count]


def legend(figure, axes):
    entries = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels()):
            entries.setdefault(label, handle)
    # The strip that grid() left free.
    figure.legend(entries.values(), entries.keys(), loc="upper center",
                  bbox_to_anchor=(0.5, 1.0), borderaxespad=0.2, ncols=min(len(entries), 5))


def title(axis, text):
    """Above a panel, in as many lines as it takes not to reach into the next panel."""
    axis.set_title(textwrap.fill(text, TITLE_WIDTH))


def bars_height(count):
    """Of a panel with so many bars one above the other."""
    return max(PANEL_HEIGHT, 0.8 + 0.22 * count)


def bar_labels(axis, drawn, values):
    axis.bar_label(drawn, [f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
                           for value in values], padding=3, fontsize=9)
    axis.margins(x=0.15)  # room for them
