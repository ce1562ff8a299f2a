"""The broker that `homework up` runs or uses: its topology, users, certificates and tickets."""
