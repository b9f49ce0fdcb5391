"""Evidence -> verdicts: the only maker of verdicts, with arithmetic of its own."""
