"""The query behind each published number: engine, query, counting, receipt."""
