"""What writes text: vLLM in a process of ours, or a server that speaks OpenAI's protocol."""
