"""A steady load for a long time shows what grows."""
