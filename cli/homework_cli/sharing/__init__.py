"""`homework share`: a way from the students' devices to the classroom, and to nothing else."""
