"""Live sessions: speech goes in as it comes, and the avatar's picture and sound come out in time."""
