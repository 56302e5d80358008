"""What each machine makes of the same patient."""
