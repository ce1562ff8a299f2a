"""The GPU generator: jobs from the queue, homework from a language model."""
