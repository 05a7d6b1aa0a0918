"""The seats without a person: still picture, film, replay."""
