"""Path -> syntax: sources, documents, the parser and what it makes of a formula."""
