r"""An immediate derivative where the total one is needed, or the other way, in notes that have a sign for each."""

from collections.abc import Iterator

from bptt_symbolic.mending.repair.edit import Edit, Named, in_node
from bptt_symbolic.mending.repair.handwriting import below
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.reading.syntax import Fraction
from bptt_symbolic.understanding import derivative_parts

SIGNS = (r"\partial^{+}", r"\partial^+")


def edits(site: Site) -> Iterator[Edit | None]:
    """Each derivative with the other sign."""
    sign = next((s for s in SIGNS if s in site.page.source.text), None)
    if sign is None:
        return
    for node in (site.side, *below(site.side)):
        if not isinstance(node, Fraction) or derivative_parts(node) is None:
            continue
        text = site.page.text(node)
        if sign in text:
            named = Named("immediate for total", "take the total derivative", 1.1)
            yield in_node(site.page, node, text.replace(sign, r"\partial"), named)
        else:
            named = Named("total for immediate", "take the immediate derivative", 1.1)
            yield in_node(site.page, node, text.replace(r"\partial", sign, 1), named)
