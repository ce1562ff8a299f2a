"""What a writer of Italian is free to choose, one file for each kind."""
