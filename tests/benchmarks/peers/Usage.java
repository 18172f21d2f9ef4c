import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;

/**
 * One more call of an account: who it is, what tells the event from others, which total it belongs
 * to (`meter|period`, a calendar month), and when it was.
 */
record Usage(String account, String identity, String total, long moment) {
    static final Duration LATE = Duration.ofDays(35);
    static final Duration EARLY = Duration.ofHours(1);
    /** What is remembered of an event, for a day longer than it may be late. */
    static final Duration REMEMBERED = LATE.plusDays(1);

    private static final JsonFactory JSON = new JsonFactory();
    private static final long LIMIT = 100_000_000;
    private static final long[] THRESHOLDS = {80, 90, 95, 100};

    /** Of a CloudEvent in structured mode; null if it feeds no meter, is too late or too early. */
    static Usage read(byte[] event) throws IOException {
        String id = null;
        String source = null;
        String type = null;
        String subject = null;
        String time = null;
        try (JsonParser json = JSON.createParser(event)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "id" -> id = json.getText();
                    case "source" -> source = json.getText();
                    case "type" -> type = json.getText();
                    case "subject" -> subject = json.getText();
                    case "time" -> time = json.getText();
                    default -> json.skipChildren();
                }
            }
        }
        if (id == null || source == null || subject == null || time == null
                || !"api.request".equals(type)) {
            return null;
        }
        Instant at = Instant.parse(time);
        long moment = at.toEpochMilli();
        long now = System.currentTimeMillis();
        if (moment < now - LATE.toMillis() || moment > now + EARLY.toMillis()) {
            return null;
        }
        return new Usage(subject, source + '|' + id, "api_calls|" + month(time, at), moment);
    }

    private static String month(String time, Instant at) {
        return time.endsWith("Z")
            ? time.substring(0, 7)
            : YearMonth.from(at.atOffset(ZoneOffset.UTC)).toString();
    }

    /** Whether a total is told: its first event, and the one that reaches a threshold. */
    static boolean isTold(long used) {
        if (used == 1) {
            return true;
        }
        for (long threshold : THRESHOLDS) {
            if (used * 100 >= LIMIT * threshold && (used - 1) * 100 < LIMIT * threshold) {
                return true;
            }
        }
        return false;
    }
}
