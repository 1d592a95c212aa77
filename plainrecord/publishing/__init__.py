"""Charts, downloads, Markdown, metadata, feeds, the manifest and rendered bytes."""
