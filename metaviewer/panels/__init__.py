"""What a person reads and presses, on any seat."""
