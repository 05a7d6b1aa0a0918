"""The window seat: raw events to intents, menus, dialogs, full screen."""
