"""Every part that can break is broken under load, and the cost is counted."""
