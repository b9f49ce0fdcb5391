"""Obligation -> proposals: the methods, an open folder; what they propose settles nothing by itself."""
