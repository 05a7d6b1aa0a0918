"""Loaded into a zygote: makes it an ordinary user, where it is root."""

# An ordinary user may not be able to read root's interpreter, so what is imported late comes first.
import encodings.ascii
import encodings.idna  # noqa: F401
import os
import pwd  # noqa: F401

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
