"""What teachers open, all of it below /teacher."""
