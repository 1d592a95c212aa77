"""Where values come in from a disk or a network, and where outputs leave: nobody else reads or writes."""
