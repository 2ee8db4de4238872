"""The commands, a module each: what one takes, and the call it makes."""
