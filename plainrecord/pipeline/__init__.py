"""Build, check, diff, release and update: values carried from package to package."""
