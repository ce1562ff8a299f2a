"""Tests of the console's parts; its pages are tested in a browser, in tests/e2e/browser."""
