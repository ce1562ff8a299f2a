"""The GPU generator: takes jobs from the queue and writes homework with a language model."""
