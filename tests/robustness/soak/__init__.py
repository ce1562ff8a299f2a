"""A steady load over a long time shows which resources grow."""
