"""Settings, descriptors, ledgers and claims as they are written, in; values that can be trusted, out."""
