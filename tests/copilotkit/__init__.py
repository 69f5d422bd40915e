"""CopilotKit's own runtime in front of agents of ours."""
