"""The worker loop that every generator runs."""
