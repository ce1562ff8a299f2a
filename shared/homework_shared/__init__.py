"""What the homework services say to each other, and how they say it."""
