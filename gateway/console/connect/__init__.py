"""Connecting an agency: from its papers, by trying and looking, to a draft that a second person publishes."""
