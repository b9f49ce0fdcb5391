"""Record -> what a notebook shows of it, and `print`, by renderers that are put here from above.

Records lie below the formats and know none of them. So a record only says that it can be shown, and `display`, which
knows both, puts in how; without it a notebook shows the record as Python does.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

Renderer = Callable[[Any], str | None]


class Shown:
    """Base of records that notebooks show: rich display as IPython asks for it."""

    __slots__ = ()
    renderers: ClassVar[dict[type, Mapping[str, Renderer]]] = {}
    """Type of record -> kind of text (`text/html`) -> its renderer."""

    def __str__(self) -> str:
        """The record for a terminal."""
        render = self.renderers.get(type(self), {}).get("text/plain")
        text = None if render is None else render(self)
        return repr(self) if text is None else text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Everything that the record can be shown as; what is left out of it IPython filters."""
        del include, exclude
        made = ((kind, render(self)) for kind, render in self.renderers.get(type(self), {}).items())
        return {kind: text for kind, text in made if text is not None}

    def _repr_html_(self) -> str | None:
        """The record for a page, for programs that ask for nothing else."""
        render = self.renderers.get(type(self), {}).get("text/html")
        return None if render is None else render(self)
