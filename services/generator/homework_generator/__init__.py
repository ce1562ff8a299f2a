"""The GPU generator. This version holds its settings and its entry point only."""
