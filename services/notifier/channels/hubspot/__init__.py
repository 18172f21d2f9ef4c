"""The CRM that tasks go to: HubSpot."""
