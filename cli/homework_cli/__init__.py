"""The command line: runs the homework service, shows its state, and uses its API."""
