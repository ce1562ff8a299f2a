"""vLLM in a process of its own on this machine."""
