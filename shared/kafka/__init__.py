"""Kafka: clients, topics, and questions to the cluster."""
