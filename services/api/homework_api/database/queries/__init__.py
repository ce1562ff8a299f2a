"""SQL, one module per subject. Each function is a step of a transaction that its caller opens."""
