"""The virtual patient: breast, ducts, lesions and what the contrast fills."""
