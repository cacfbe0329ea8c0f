"""Everything but the nets: data, training, evaluation and run folders. Never imports `archs`."""
