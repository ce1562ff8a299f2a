"""The pipeline beside what people would pick instead: same work, same broker, same machine, one run."""
