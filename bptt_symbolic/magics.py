"""Cells of a notebook -> reports below them."""
