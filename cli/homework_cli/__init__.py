"""The command line: run the homework service, and look at it."""
