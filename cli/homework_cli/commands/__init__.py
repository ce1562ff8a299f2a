"""One module for each command, or each group of commands."""
