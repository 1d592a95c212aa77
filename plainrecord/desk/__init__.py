"""The words of the desk: commands, findings and comparisons as a person reads them on a terminal."""
