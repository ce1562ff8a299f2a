"""Publishes jobs to the broker, and stores the results that come back."""
