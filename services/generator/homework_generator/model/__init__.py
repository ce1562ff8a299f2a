"""The model: its files, its size, and whether it fits the GPU."""
