"""The command line: runs the homework service and shows its state."""
