"""What every room may stand on: the locked engine, paths, documents, receipts; nothing of the rooms."""
