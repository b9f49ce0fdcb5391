"""Notes in an editor <-> the protocol of language servers, over standard input and output.

`protocol_shapes` makes what the protocol sends of what a check found; `desk` has the notes that are open, and checks
them when they change; `server` answers.
"""
