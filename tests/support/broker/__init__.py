"""Brokers for tests: real ones, one in memory, and tools that break the connection to them."""
