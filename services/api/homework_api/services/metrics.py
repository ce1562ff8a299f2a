"""The metrics of requests by teachers, students and operators."""

from prometheus_client import Counter

retried = Counter("homework_jobs_retried_total", "Homework that a teacher requested again")
answers = Counter("homework_answers_total", "Answers that students sent, by their first verdict", ["verdict"])
decisions = Counter(
    "homework_decisions_total",
    "Teachers' decisions about answers: accepted, refused, withdrawn",
    ["decision"],
)
for _decision in ("accepted", "refused", "withdrawn"):
    decisions.labels(_decision)
dead_letters = Counter(
    "homework_dead_letters_settled_total", "Dead letters that an operator settled", ["action"]
)
