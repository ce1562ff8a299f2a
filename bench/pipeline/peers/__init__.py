"""Each peer in its idiomatic durable form: `python -m bench.pipeline.peers.NAME client
worker`.
"""
