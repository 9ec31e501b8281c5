"""What a person corrects on a reading: edits turn an Analysis into another Analysis, measured anew."""
