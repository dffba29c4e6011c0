"""What a submission gives where the reference gives something else, on the smallest input that shows it. For staff: it shows hidden inputs.

Nothing here is written into a workspace. Student code runs in the sandbox only.
"""
