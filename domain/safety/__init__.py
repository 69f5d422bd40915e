"""What is looked at in the text that comes in and goes out: no network, no I/O."""
