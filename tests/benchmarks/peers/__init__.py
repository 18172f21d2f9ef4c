"""The same events counted by others: Apache Flink and Kafka Streams."""
