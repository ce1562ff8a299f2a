"""The loop that every generator runs."""
