"""Charts as SVG, drawn by the server; no database, no browser code."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 720, 220
TOP, BOTTOM, LEFT = 16, 28, 8


def draw_bars(
    title: str,
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    front: Sequence[float] = (),
) -> str:
    """A bar chart. Its figures are to be shown in a table, too.

    Bars in front are part of those behind them: accepted offers of all offers.

    :param title: what the chart shows, for those who do not see it
    :param labels: one per bar, below it
    :param values: from zero on
    :param texts: one per bar, above it
    :param front: values of the bars in front, from zero on; none if left out
    :return: an ``svg`` element
    """
    highest = max([*values, *front, 0]) or 1
    width = (WIDTH - 2 * LEFT) / max(len(values), 1)
    room = HEIGHT - TOP - BOTTOM
    parts = []
    for number, value in enumerate(values):
        left = LEFT + number * width
        for kind, amount in (
            ("back", value),
            *(("front", f) for f in front[number:][:1]),
        ):
            tall = room * amount / highest
            parts.append(
                f'<rect class="o_reseller_bar_{kind}" x="{left + width * 0.15:.1f}" '
                f'y="{TOP + room - tall:.1f}" width="{width * 0.7:.1f}" '
                f'height="{tall:.1f}" rx="2"/>'
            )
        middle = left + width / 2
        parts.append(
            f'<text x="{middle:.1f}" y="{TOP + room - room * value / highest - 4:.1f}" '
            f'text-anchor="middle">{escape(texts[number])}</text>'
            f'<text x="{middle:.1f}" y="{HEIGHT - 8}" '
            f'text-anchor="middle">{escape(labels[number])}</text>'
        )
    base = TOP + room
    return (
        f'<svg class="o_reseller_chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f"aria-label={quoteattr(title)}>"
        f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - LEFT}" y2="{base}"/>'
        f"{''.join(parts)}</svg>"
    )
