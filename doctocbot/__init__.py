"""The case desk for closed, encrypted Matrix rooms of clinicians."""
