"""The content of a homework: the exercises, the curriculum, the checks, and the messages that carry them."""
