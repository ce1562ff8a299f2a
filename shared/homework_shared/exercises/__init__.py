"""What is generated: exercises, the curriculum, the checks, and the messages that carry them."""
