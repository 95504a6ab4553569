"""Work that goes on beside the asks: its rows in the database are the truth, the running is not."""
