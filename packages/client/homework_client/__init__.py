"""A typed client of the homework service's REST API.

Requests are values, so one description of each route serves the blocking client and the asynchronous one:

    from homework_client import requests
    from homework_client.client import Client

    with Client("http://127.0.0.1:8000", key="…") as client:
        ada = client.send(requests.create_student("Ada", "ada@example.org"))
        for assignment in client.stream(requests.follow_assignment(1)):
            print(assignment.value.progress)

Every failure is a `homework_client.refusals.ApiError`.
"""
