"""A conversation with an avatar: it hears, understands, answers and speaks, and stops when it is interrupted."""
