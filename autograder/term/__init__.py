"""The data of a term other than hand-ins and marks: deadlines, groups, the journal, what was published, the version that grades it."""
