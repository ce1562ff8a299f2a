"""Finding the broker through ngrok's own API."""
