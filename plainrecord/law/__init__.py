"""What the law says, as closed tables, and the marks and citations by which records name it."""
