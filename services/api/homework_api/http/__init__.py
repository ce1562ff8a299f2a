"""HTTP: application, routes and middleware. Only here are FastAPI, Starlette and Uvicorn known."""
