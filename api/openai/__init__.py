"""What OpenAI's two dialects have in common: names, parameters, errors, and what is asked for."""
