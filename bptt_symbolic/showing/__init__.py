"""Network or witness -> programs, and small networks written out in SymPy."""
