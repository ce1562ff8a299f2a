"""Compares the pipeline with the usual alternatives: the same work, broker and machine, in one run."""
