"""A portal of one's own: what a folder of files holds, and the drafts made of it."""
