import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Totals counted by Apache Flink, exactly once, in RocksDB.
 *
 * <p>Arguments: bootstrap servers, topic of events, consumer group, topic of totals, a folder, and
 * the seconds that it may take.
 */
public final class FlinkTotals {
    private static final int PARALLELISM = 2;
    private static final TypeInformation<Tuple3<String, String, String>> EVENT =
        Types.TUPLE(Types.STRING, Types.STRING, Types.STRING);
    private static final TypeInformation<Tuple2<String, String>> TOTAL =
        Types.TUPLE(Types.STRING, Types.STRING);

    private FlinkTotals() {}

    public static void main(String[] arguments) throws Exception {
        String servers = arguments[0];
        String group = arguments[2];
        String home = arguments[4];
        Progress.report(Long.parseLong(arguments[5]));
        var environment =
            StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, settings(home));
        environment
            .fromSource(
                source(servers, arguments[1], group), WatermarkStrategy.noWatermarks(), "events",
                EVENT)
            .keyBy(event -> event.f0, Types.STRING)
            .process(new Counting(), TOTAL)
            .sinkTo(sink(servers, group, arguments[3]));
        var job = environment.executeAsync("totals");
        job.getJobExecutionResult().whenComplete((result, failure) -> {
            if (failure != null) {
                failure.printStackTrace();
                Progress.end("the job failed");
            }
        });
        Progress.awaitPublish();
        job.stopWithSavepoint(true, home + "/savepoint", SavepointFormatType.NATIVE).get();
        job.getJobExecutionResult().get();
        System.exit(0);
    }

    private static Configuration settings(String home) {
        return Configuration.fromMap(Map.ofEntries(
            Map.entry("state.backend.type", "rocksdb"),
            Map.entry("state.backend.rocksdb.localdir", home + "/rocksdb"),
            Map.entry("state.backend.rocksdb.use-bloom-filter", "true"),
            Map.entry("execution.checkpointing.interval", "10 s"),
            Map.entry("execution.checkpointing.mode", "EXACTLY_ONCE"),
            Map.entry("execution.checkpointing.incremental", "true"),
            Map.entry("execution.checkpointing.dir", "file://" + home + "/checkpoints"),
            Map.entry("restart-strategy.type", "none"),
            Map.entry("pipeline.object-reuse", "true"),
            Map.entry("taskmanager.memory.managed.size", "512 mb"),
            Map.entry("io.tmp.dirs", home),
            Map.entry("rest.address", "127.0.0.1"),
            Map.entry("rest.bind-address", "127.0.0.1"),
            Map.entry("rest.bind-port", "0")));
    }

    private static KafkaSource<Tuple3<String, String, String>> source(
            String servers, String topic, String group) {
        return KafkaSource.<Tuple3<String, String, String>>builder()
            .setBootstrapServers(servers)
            .setTopics(topic)
            .setGroupId(group)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setProperty("isolation.level", "read_committed")
            .setValueOnlyDeserializer(new Events())
            .build();
    }

    private static KafkaSink<Tuple2<String, String>> sink(
            String servers, String group, String topic) {
        var properties = new Properties();
        properties.setProperty("transaction.timeout.ms", "600000");
        return KafkaSink.<Tuple2<String, String>>builder()
            .setBootstrapServers(servers)
            .setKafkaProducerConfig(properties)
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(group)
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<Tuple2<String, String>>builder()
                    .setTopic(topic)
                    .setKeySerializationSchema(new Field(0))
                    .setValueSerializationSchema(new Field(1))
                    .build())
            .build();
    }

    /** Account, identity and total of each event that counts. */
    private static final class Events
            implements DeserializationSchema<Tuple3<String, String, String>> {
        @Override
        public Tuple3<String, String, String> deserialize(byte[] value) throws IOException {
            Usage usage = Usage.read(value);
            return usage == null ? null : Tuple3.of(usage.account(), usage.identity(), usage.total());
        }

        @Override
        public boolean isEndOfStream(Tuple3<String, String, String> event) {
            return false;
        }

        @Override
        public TypeInformation<Tuple3<String, String, String>> getProducedType() {
            return EVENT;
        }
    }

    /** The account or the total, as text. */
    private record Field(int position) implements SerializationSchema<Tuple2<String, String>> {
        @Override
        public byte[] serialize(Tuple2<String, String> total) {
            return total.<String>getField(position).getBytes(StandardCharsets.UTF_8);
        }
    }

    private static final class Counting
            extends KeyedProcessFunction<
                String, Tuple3<String, String, String>, Tuple2<String, String>> {
        private transient MapState<String, Boolean> seen;
        private transient MapState<String, Long> totals;

        @Override
        public void open(OpenContext context) {
            var remembered = new MapStateDescriptor<>("seen", Types.STRING, Types.BOOLEAN);
            remembered.enableTimeToLive(
                StateTtlConfig.newBuilder(Usage.REMEMBERED)
                    .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
                    .cleanupInRocksdbCompactFilter(1_000)
                    .build());
            seen = getRuntimeContext().getMapState(remembered);
            totals = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("totals", Types.STRING, Types.LONG));
        }

        @Override
        public void processElement(
                Tuple3<String, String, String> event, Context context,
                Collector<Tuple2<String, String>> out) throws Exception {
            Progress.counted();
            if (seen.contains(event.f1)) {
                return;
            }
            seen.put(event.f1, true);
            Long before = totals.get(event.f2);
            long used = before == null ? 1 : before + 1;
            totals.put(event.f2, used);
            if (before == null) {
                // No watermark comes before the end of the job: then every total is published.
                var timers = context.timerService();
                timers.registerEventTimeTimer(timers.currentProcessingTime());
            }
            if (Usage.isTold(used)) {
                out.collect(Tuple2.of(event.f0, event.f2 + '|' + used));
            }
        }

        @Override
        public void onTimer(
                long at, OnTimerContext context, Collector<Tuple2<String, String>> out)
                throws Exception {
            for (Map.Entry<String, Long> total : totals.entries()) {
                out.collect(Tuple2.of(
                    context.getCurrentKey(), total.getKey() + '|' + total.getValue()));
            }
        }
    }
}
