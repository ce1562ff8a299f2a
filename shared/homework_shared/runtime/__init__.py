"""How a service process starts, retries and shuts down."""
