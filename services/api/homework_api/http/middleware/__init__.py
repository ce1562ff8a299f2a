"""ASGI middleware. Each is a plain ASGI class, so that streams pass through without buffering."""
