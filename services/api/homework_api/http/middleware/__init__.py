"""ASGI middleware, each a plain class, so that streams pass through untouched."""
