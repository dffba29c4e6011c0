"""Shows how a submission differs from the reference, on the smallest input that shows it. For staff: it shows hidden inputs.

Nothing here is written into a workspace. Student code runs only in the sandbox.
"""
