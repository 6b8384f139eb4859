"""One module a topic of the command line; each command is a thin call into the desks."""
