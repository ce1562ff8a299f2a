"""Turns a job into exercises: the prompt, the JSON schema, and the tries."""
