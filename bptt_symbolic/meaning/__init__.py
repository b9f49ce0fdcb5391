"""What formulas mean: terms, shapes, networks, and how they are written."""
