-- Counts the usage of the demo's three meters exactly once and publishes usage.totals, instead of
-- ingest. README.md beside this file says what to change, how to start and how to recover.

SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'execution.checkpointing.interval' = '10 s';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'execution.checkpointing.dir' = 'file:///var/lib/flink/checkpoints';
SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';
SET 'execution.checkpointing.num-retained' = '3';

-- CloudEvents in structured mode, keyed by account. A record that is not JSON is skipped.
CREATE TABLE usage_events (
  id STRING,
  `source` STRING,
  `type` STRING,
  subject STRING,
  `time` TIMESTAMP_LTZ(3),
  `data` ROW<delta DECIMAL(38, 9), `bytes` DECIMAL(38, 9)>,
  arrived TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  counted_at AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'usage.events',
  'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'usage-totals',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'json.ignore-parse-errors' = 'true'
);

-- Keyed by account. At least once is enough: Plimsoll drops a total that is not newer than the one
-- it has, by (epoch, revision), and a revision is never that of another total.
CREATE TABLE usage_totals (
  account STRING,
  meter STRING,
  `period` ROW<`start` TIMESTAMP_LTZ(3), `end` TIMESTAMP_LTZ(3)>,
  used DECIMAL(38, 9),
  last_event_at TIMESTAMP_LTZ(3),
  revision BIGINT,
  epoch BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'usage.totals',
  'properties.bootstrap.servers' = 'kafka:9092',
  'key.format' = 'raw',
  'key.fields' = 'account',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'at-least-once'
);

-- The first of those with one identity. How old an event may be is measured by when Kafka got it and
-- not by the clock, so that a replay decides the same.
CREATE TEMPORARY VIEW counted AS
SELECT *
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY subject, `source`, id ORDER BY counted_at) AS nth
  FROM usage_events
  WHERE subject IS NOT NULL AND `source` IS NOT NULL AND id IS NOT NULL
    AND `time` BETWEEN arrived - INTERVAL '35' DAY AND arrived + INTERVAL '1' HOUR
    AND (`type` = 'api.request'
      OR `type` = 'seat.changed' AND `data`.delta IS NOT NULL
      OR `type` = 'storage.measured' AND `data`.`bytes` IS NOT NULL)
)
WHERE nth = 1;

-- Which meter, which period (none where it never resets), and how much: an amount that is added up,
-- or a snapshot of which the newest counts, as text that sorts by its time.
CREATE TEMPORARY VIEW amounts AS
SELECT
  subject AS account,
  CASE `type` WHEN 'api.request' THEN 'api_calls' WHEN 'seat.changed' THEN 'seats' ELSE 'storage' END
    AS meter,
  CASE `type`
    WHEN 'api.request' THEN CAST(DATE_FORMAT(`time`, 'yyyy-MM-01 00:00:00') AS TIMESTAMP_LTZ(3))
  END AS period_start,
  CASE `type` WHEN 'api.request' THEN CAST(1 AS DECIMAL(38, 9)) ELSE `data`.delta END AS amount,
  CASE `type`
    WHEN 'storage.measured'
      THEN DATE_FORMAT(`time`, 'yyyy-MM-dd HH:mm:ss.SSS') || '|' || CAST(`data`.`bytes` AS STRING)
  END AS snapshot,
  `time`,
  counted_at
FROM counted;

-- A record for each account, meter and second with usage, and not for each event.
CREATE TEMPORARY VIEW steps AS
SELECT
  account,
  meter,
  period_start,
  SUM(amount) AS amount,
  MAX(snapshot) AS snapshot,
  MAX(`time`) AS newest,
  COUNT(*) AS events,
  window_time AS moment
FROM TABLE(TUMBLE(TABLE amounts, DESCRIPTOR(counted_at), INTERVAL '1' SECOND))
GROUP BY account, meter, period_start, window_start, window_end, window_time;

-- What is remembered is kept for as long as it is needed: the identity of an event for a day more
-- than one may be late (noted in the plan), a total for ever (as the plan is carried out).
SET 'table.exec.state.ttl' = '36 d';

COMPILE PLAN 'file:///var/lib/flink/usage_totals.json' IF NOT EXISTS FOR
INSERT INTO usage_totals
SELECT
  account,
  meter,
  CASE
    WHEN period_start IS NOT NULL THEN ROW(period_start, period_start + INTERVAL '1' MONTH)
  END,
  CASE meter
    WHEN 'storage' THEN CAST(SPLIT_INDEX(MAX(snapshot) OVER so_far, '|', 1) AS DECIMAL(38, 9))
    ELSE CAST(SUM(amount) OVER so_far AS DECIMAL(38, 9))
  END,
  MAX(newest) OVER so_far,
  SUM(events) OVER so_far,
  CAST(1 AS BIGINT)
FROM steps
WINDOW so_far AS (
  PARTITION BY account, meter, period_start
  ORDER BY moment
  ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);

SET 'table.exec.state.ttl' = '0 d';

EXECUTE PLAN 'file:///var/lib/flink/usage_totals.json';
