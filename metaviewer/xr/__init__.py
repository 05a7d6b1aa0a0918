"""The headset seat: OpenXR session, eyes, hands, layers."""
