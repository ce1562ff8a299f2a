"""The engines that run a model: vLLM in a process of ours, or a server that speaks OpenAI's protocol."""
