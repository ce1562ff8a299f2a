"""HTTP: application, routes and middleware. Only this package uses FastAPI, Starlette and Uvicorn."""
