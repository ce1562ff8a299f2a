"""HTTP: one router per reader of the API."""
