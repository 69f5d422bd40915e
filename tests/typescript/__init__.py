"""The TypeScript client, built as it is published, in Node."""
