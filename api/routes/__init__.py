"""Routes by subject; each parses, calls one function, answers."""
