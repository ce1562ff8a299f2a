"""Finds the broker's address with ngrok's API."""
