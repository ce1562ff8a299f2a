"""From a job to exercises: the prompt, the JSON schema, and the tries."""
