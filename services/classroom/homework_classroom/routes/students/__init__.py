"""What students open."""
