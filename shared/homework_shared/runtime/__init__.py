"""How a service process runs, retries and ends."""
