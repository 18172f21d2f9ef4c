import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Totals counted by Kafka Streams, exactly once (v2), in RocksDB with changelog topics.
 *
 * <p>Arguments: bootstrap servers, topic of events, consumer group, topic of totals, a folder, and
 * the seconds that it may take.
 */
public final class KafkaStreamsTotals {
    private static final String SEEN = "seen";
    private static final String TOTALS = "totals";
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final byte[] KNOWN = {1};
    private static final Set<Integer> PARTITIONS = ConcurrentHashMap.newKeySet();
    /** Those whose totals are published. */
    private static final Set<Integer> PUBLISHED = ConcurrentHashMap.newKeySet();
    private static volatile boolean isEnd;

    private KafkaStreamsTotals() {}

    public static void main(String[] arguments) throws Exception {
        Progress.report(Long.parseLong(arguments[5]));
        var streams = new KafkaStreams(
            topology(arguments[1], arguments[3]), settings(arguments[0], arguments[2], arguments[4]));
        streams.setUncaughtExceptionHandler(failure -> {
            failure.printStackTrace();
            Progress.end("a thread failed");
            return null;
        });
        streams.start();
        Progress.awaitPublish();
        isEnd = true;
        while (!PUBLISHED.containsAll(PARTITIONS)) {
            Thread.sleep(PAUSE.toMillis());
        }
        streams.close(); // commits
        System.exit(0);
    }

    private static Properties settings(String servers, String group, String home) {
        var found = new Properties();
        found.putAll(Map.of(
            "bootstrap.servers", servers,
            "application.id", group,
            "state.dir", home,
            "processing.guarantee", "exactly_once_v2",
            "commit.interval.ms", "1000",
            // On a busy machine a transaction may take longer than the ten seconds of the default.
            "producer.transaction.timeout.ms", "600000",
            "num.stream.threads", "2",
            "statestore.cache.max.bytes", String.valueOf(128 << 20),
            "replication.factor", "1",
            "auto.offset.reset", "earliest"));
        return found;
    }

    private static Topology topology(String events, String totals) {
        // Windows expire, keys do not. A retry has the time of its event, so it is one look-up.
        var seen = Stores.windowStoreBuilder(
            Stores.persistentWindowStore(SEEN, Usage.REMEMBERED, Duration.ofMillis(1), false),
            Serdes.String(), Serdes.ByteArray());
        var sums = Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(TOTALS), Serdes.String(), Serdes.Long())
            .withCachingEnabled();
        return new Topology()
            .addSource("events", new StringDeserializer(), new ByteArrayDeserializer(), events)
            .addProcessor("counting", Counting::new, "events")
            .addStateStore(seen, "counting")
            .addStateStore(sums, "counting")
            .addSink("told", totals, new StringSerializer(), new StringSerializer(), "counting");
    }

    private static final class Counting implements Processor<String, byte[], String, String> {
        private ProcessorContext<String, String> context;
        private WindowStore<String, byte[]> seen;
        private KeyValueStore<String, Long> totals;
        private Cancellable timer;

        @Override
        public void init(ProcessorContext<String, String> given) {
            context = given;
            seen = given.getStateStore(SEEN);
            totals = given.getStateStore(TOTALS);
            PARTITIONS.add(given.taskId().partition());
            PUBLISHED.remove(given.taskId().partition()); // its transaction may have failed
            timer = given.schedule(PAUSE, PunctuationType.WALL_CLOCK_TIME, now -> publish());
        }

        @Override
        public void process(Record<String, byte[]> record) {
            Usage usage = read(record.value());
            Progress.counted();
            if (usage == null) {
                return;
            }
            String key = usage.account() + '|' + usage.identity();
            if (seen.fetch(key, usage.moment()) != null) {
                return;
            }
            seen.put(key, KNOWN, usage.moment());
            String total = usage.account() + '|' + usage.total();
            Long before = totals.get(total);
            long used = before == null ? 1 : before + 1;
            totals.put(total, used);
            if (Usage.isTold(used)) {
                tell(total, used);
            }
        }

        private static Usage read(byte[] value) {
            try {
                return Usage.read(value);
            } catch (IOException e) {
                throw new IllegalArgumentException("not an event", e);
            }
        }

        private void publish() {
            if (!isEnd) {
                return;
            }
            timer.cancel();
            try (var all = totals.all()) {
                all.forEachRemaining(each -> tell(each.key, each.value));
            }
            PUBLISHED.add(context.taskId().partition());
        }

        private void tell(String total, long used) {
            int end = total.indexOf('|');
            String value = total.substring(end + 1) + '|' + used;
            context.forward(new Record<>(
                total.substring(0, end), value, context.currentSystemTimeMs()));
        }
    }
}
