"""The offline model server, asked by the official client over HTTP."""
