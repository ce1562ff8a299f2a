"""The free choices of a writer of Italian, one module for each kind."""
