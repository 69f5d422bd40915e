"""Whether the gate holds when the model has been talked into something: `python -m bench.gate`."""
