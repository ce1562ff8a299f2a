"""The REST service: it owns HTTP and the database."""
