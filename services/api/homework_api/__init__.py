"""The REST service: it owns HTTP and the database."""

__version__ = "0.1.0"
