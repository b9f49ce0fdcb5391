"""Notes, where people work on them -> verdicts there: editors, assistants, a page.

Everything that takes long happens in a process of its own (`labour`), which can be stopped, and has limits of time and
memory; what happens there stands in `tasks`. Each surface needs a library that few want, an extra of the package.
"""
