"""The offline model server: OpenAI's paths, answered by quoting what was given."""
