"""`homework share`: makes the classroom, and nothing else, reachable from the students' devices."""
