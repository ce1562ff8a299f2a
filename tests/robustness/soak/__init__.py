"""A steady load for a long time shows which resources grow."""
