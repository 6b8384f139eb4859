"""What the API takes and answers, by topic: Pydantic models, which are the OpenAPI document too."""
