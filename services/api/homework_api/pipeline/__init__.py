"""The way of a job out to the broker and of its result back into the database."""
