"""Loaded into a zygote: makes it an ordinary user, where it is root."""

import os

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
