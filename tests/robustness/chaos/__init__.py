"""Every part that can fail is broken under load, and the harm is counted."""
