"""Brokers for tests: real ones, one in memory, and what goes wrong on the way to them."""
