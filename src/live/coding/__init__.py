"""Pictures and sound become coded units one by one, with no delay but the codec's own."""
