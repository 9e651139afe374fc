"""WebRTC: a browser or a player sees, hears and speaks with a session's avatar over one connection."""
