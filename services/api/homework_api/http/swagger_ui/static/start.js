// The page at /docs: Swagger UI over the document of this service, and no other site is asked for anything.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // a public validator would be sent the document
});
