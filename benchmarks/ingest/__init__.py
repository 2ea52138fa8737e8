"""How many commits a second the server stores, beside an empty endpoint and beside the bare database: `python -m benchmarks.ingest`."""
