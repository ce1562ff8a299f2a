"""Who may open which page of sign-in and class management."""

WHOEVER = {"nobody", "a student", "another teacher", "the teacher"}
HER_OWN, ONE_TEACHER = {"another teacher", "the teacher"}, {"the teacher"}
ONE_CLASS, MEMBER = "/teacher/classes/{class_id}", "/teacher/classes/{class_id}/students/{student_id}"
CLASSES_MAY: dict[str, set[str]] = {
    "GET /teacher/sign-in": WHOEVER,
    "POST /teacher/sign-in": WHOEVER,  # The key gives access.
    "GET /teacher/in/{token}": WHOEVER,
    "POST /teacher/in/{token}": WHOEVER,  # The link gives access.
    "POST /teacher/sign-out": WHOEVER,
    "GET /teacher/sign-out-everywhere": HER_OWN,
    "POST /teacher/sign-out-everywhere": HER_OWN,
    "GET /teacher/classes": HER_OWN,
    "POST /teacher/classes": HER_OWN,
    f"GET {ONE_CLASS}": ONE_TEACHER,
    f"POST {ONE_CLASS}/rename": ONE_TEACHER,
    f"POST {ONE_CLASS}/list": ONE_TEACHER,
    f"POST {ONE_CLASS}/students": ONE_TEACHER,
    f"POST {ONE_CLASS}/student": ONE_TEACHER,
    f"GET {ONE_CLASS}/others": ONE_TEACHER,
    f"POST {ONE_CLASS}/others": ONE_TEACHER,
    f"GET {ONE_CLASS}/links": ONE_TEACHER,
    f"POST {ONE_CLASS}/links": ONE_TEACHER,
    f"POST {ONE_CLASS}/links/sheet": ONE_TEACHER,
    f"GET {ONE_CLASS}/delete": ONE_TEACHER,
    f"POST {ONE_CLASS}/delete": ONE_TEACHER,
    f"GET {MEMBER}": ONE_TEACHER,
    f"POST {MEMBER}/correct": ONE_TEACHER,
    f"GET {MEMBER}/files/{{kind}}": ONE_TEACHER,
    f"POST {MEMBER}/link": ONE_TEACHER,
    f"GET {MEMBER}/withdraw": ONE_TEACHER,
    f"POST {MEMBER}/withdraw": ONE_TEACHER,
    f"POST {MEMBER}/remove": ONE_TEACHER,
    f"GET {MEMBER}/delete": ONE_TEACHER,
    f"POST {MEMBER}/delete": ONE_TEACHER,
}
"""The required access for each route. Another teacher may use these pages for their own classes."""
