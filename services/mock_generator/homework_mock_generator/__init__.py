"""Writes Italian homework from reviewed data, without a model."""
