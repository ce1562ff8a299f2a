"""Commands that speak to a running API, over REST only."""
