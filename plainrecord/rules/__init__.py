"""All that can be found wrong, each with its remedy, and the finding that says where."""
