"""AI SDK's chats: what its transports send, and the histories that they start with."""
