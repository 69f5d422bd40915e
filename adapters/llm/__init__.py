"""Chat models: the OpenAI Responses API, and servers that speak Chat Completions."""
