"""The processes that `homework up` starts and supervises."""
