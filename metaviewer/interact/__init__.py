"""Tools as pure steps from intents to commands, and the protocol of a seat."""
