"""A city in one process: small real agencies, a consumer, and the story they tell together."""
