"""`emlib` beside its peers: `make bench`."""
