"""DynamoDB, S3 and Secrets Manager: the only room that knows how things are kept. `keys` draws the tables."""
