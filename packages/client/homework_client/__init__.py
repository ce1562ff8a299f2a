"""A typed client of the REST API: requests, refusals, events and models."""
