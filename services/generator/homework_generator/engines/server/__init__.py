"""A model behind a server that speaks OpenAI's protocol: Ollama, LM Studio, llama.cpp, vLLM, hosted ones."""
