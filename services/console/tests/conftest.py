"""Fixtures for tests of the console's parts. tests/e2e/browser tests its pages in a browser."""
