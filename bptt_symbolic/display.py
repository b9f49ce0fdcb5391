"""Formats -> records: how notebooks show reports, findings, networks and pictures.

`install` is called by `api`, where every record comes from. A format is imported when something is shown for the first
time, so that nobody else waits for it.
"""

from bptt_symbolic.report import Finding, NetworkView, Picture, Report
from bptt_symbolic.shown import Shown


class Drawing(str):
    """A picture as the text of an SVG file; notebooks show the picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def install() -> None:
    """Tell the records how they are shown."""
    Shown.renderers |= {
        Report: {"text/plain": _plain_report, "text/html": _html_report},
        Finding: {"text/plain": _plain_finding, "text/html": _html_finding, "text/latex": _latex_finding},
        NetworkView: {"text/plain": _plain_network, "text/html": _html_network, "text/latex": _latex_network},
        Picture: {"image/svg+xml": drawing},
    }


def drawing(picture: Picture) -> Drawing:
    """The picture as an SVG file."""
    from bptt_symbolic.formats.html import svg  # noqa: PLC0415 - imported when something is shown

    return Drawing(svg(picture))


def _html_report(report: Report) -> str:
    from bptt_symbolic.formats.html import fragment  # noqa: PLC0415 - the same

    return fragment([report])


def _html_finding(finding: Finding) -> str:
    from bptt_symbolic.formats.html import fragment_of_finding  # noqa: PLC0415 - the same

    return fragment_of_finding(finding)


def _html_network(view: NetworkView) -> str:
    from bptt_symbolic.formats.html import fragment_of_network  # noqa: PLC0415 - the same

    return fragment_of_network(view)


def _latex_finding(finding: Finding) -> str | None:
    from bptt_symbolic.formats.latex import fragment_of_finding  # noqa: PLC0415 - the same

    return fragment_of_finding(finding)


def _latex_network(view: NetworkView) -> str | None:
    from bptt_symbolic.formats.latex import fragment_of_network  # noqa: PLC0415 - the same

    return fragment_of_network(view)


def _plain_report(report: Report) -> str:
    from bptt_symbolic.formats.text import render  # noqa: PLC0415 - the same

    return render([report]).rstrip("\n")


def _plain_finding(finding: Finding) -> str:
    from bptt_symbolic.formats.text import render_finding  # noqa: PLC0415 - the same

    return render_finding(finding)


def _plain_network(view: NetworkView) -> str:
    from bptt_symbolic.formats.text import render_networks  # noqa: PLC0415 - the same

    return render_networks([view]).rstrip("\n")
