"""Findings -> what people see: records of a report, formats, help pages, faults of the program."""
