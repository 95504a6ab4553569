"""Who asks, what they may see, and what of a material reaches them."""
