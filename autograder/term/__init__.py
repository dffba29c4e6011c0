"""What a term is made of besides hand-ins and marks: deadlines, groups, the journal, what was published, the version that grades it."""
