"""What happens to tasks in the CRM: read there, told as facts about the account."""
