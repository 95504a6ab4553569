"""What an answer and an entry cost, against a baseline measured in the same run."""
