"""Raw tables and a schema, in; typed tables, and findings for what is wrong or odd, out."""
