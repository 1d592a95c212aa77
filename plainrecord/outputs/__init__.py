"""What there is to publish, in; charts, prose, descriptions, feeds and rendered bytes, out."""
