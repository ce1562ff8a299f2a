"""How messages travel: topology, connections, publishing, consuming."""
