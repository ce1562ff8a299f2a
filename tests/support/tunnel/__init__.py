"""The tunnel and its stand-in agent, for tests."""
