"""The command line: commands and the console. Nothing else prints or exits."""
