"""Where the broker is, when ngrok's own API has to say it."""
