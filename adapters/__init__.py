"""The only importers of vendor SDKs and SQL."""
