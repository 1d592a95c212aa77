"""What a maintainer asks for beside a build: source files fetched, a preview served, a new portal drafted."""
