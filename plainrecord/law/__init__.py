"""Statutes, exemptions and working days, and the marks by which records cite them."""
