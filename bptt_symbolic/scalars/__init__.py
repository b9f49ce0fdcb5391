"""What the program knows about scalar functions: one row each, and expressions that anything can be made of."""
