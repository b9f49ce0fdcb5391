"""A note in a browser on this machine -> the note typeset, with verdicts in its margin.

`typeset` makes HTML of a checked note, `app` answers requests, `page.html`, `page.css` and `page.js` are what the
browser gets. Notes are hostile: their text is escaped, formulas are the MathML of reports, and nothing of a note
becomes an attribute.
"""
