"""What is asked of student code: one module for each topic, and no expected value."""
