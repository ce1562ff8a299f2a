"""The REST service: the HTTP API, the database, and the pipeline between database and broker."""
