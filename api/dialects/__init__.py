"""Wire forms of the event log, one file each."""
