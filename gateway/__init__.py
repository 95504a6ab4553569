"""The way of one ask, from the door to the signed answer."""
