"""Formats -> records: how notebooks show reports, findings, networks and pictures.

`install` is called by `api`, where every record comes from.
"""

from bptt_symbolic.reporting.formats import html, latex, text
from bptt_symbolic.reporting.report import Finding, NetworkView, Picture, Report
from bptt_symbolic.reporting.shown import Shown


class Drawing(str):
    """A picture as the text of an SVG file; notebooks show the picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def install() -> None:
    """Tell the records how they are shown."""
    Shown.renderers |= {
        Report: {
            "text/plain": lambda report: text.render([report]).rstrip("\n"),
            "text/html": lambda report: html.fragment([report]),
        },
        Finding: {
            "text/plain": text.render_finding,
            "text/html": html.fragment_of_finding,
            "text/latex": latex.fragment_of_finding,
        },
        NetworkView: {
            "text/plain": lambda view: text.render_networks([view]).rstrip("\n"),
            "text/html": html.fragment_of_network,
            "text/latex": latex.fragment_of_network,
        },
        Picture: {"image/svg+xml": drawing},
    }


def drawing(picture: Picture) -> Drawing:
    """The picture as an SVG file."""
    return Drawing(html.svg(picture))
