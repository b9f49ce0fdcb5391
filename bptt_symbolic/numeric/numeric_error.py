"""What a caller of a numeric function can do wrong, as one exception with all faults and a help line."""


class NumericError(ValueError):
    """A call that cannot be answered; `faults` says everything that is wrong, `help` what to do about it."""

    def __init__(self, faults: str | tuple[str, ...], help: str) -> None:  # noqa: A002 - the word of every report
        """One fault, or all of them at once."""
        self.faults = (faults,) if isinstance(faults, str) else faults
        self.help = help
        super().__init__("; ".join(self.faults) + f"\nhelp: {help}")
