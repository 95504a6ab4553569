"""For auditors: who saw what, when and why, whether the record is whole, and what stands out in it."""
